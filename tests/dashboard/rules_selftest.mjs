// Proves that each rule of rules.mjs passes a small good dashboard and finds its fault when it is put in.
import { faultsOf } from './rules.mjs';

const panel = (more) => ({ id: 2, type: 'stat', title: 'A', description: 'what', gridPos: { x: 0, y: 1, w: 12, h: 4 },
  targets: [{ refId: 'A', expr: 'rate(system_a_total{instance=~"$instance"}[$__rate_interval])' }], ...more });
const beside = { id: 3, title: 'B', gridPos: { x: 12, y: 1, w: 12, h: 4 } };
const row = (more) => ({ id: 1, type: 'row', title: 'Row', gridPos: { x: 0, y: 0, w: 24, h: 1 }, panels: [], ...more });
const dashboard = (panels, more) => ({ panels, annotations: { list: [] },
  templating: { list: [{ name: 'instance', includeAll: true, allValue: '.*' }] }, ...more });
const asking = (expr) => dashboard([panel({ targets: [{ refId: 'A', expr }] })]);

const cases = [
  [dashboard([row(), panel(), panel(beside)]), ''],
  [asking('label_replace(ALERTS{instance=~"$instance"}, "a", "$1", "b", "(.*)") and on (instance) sum by (service) (x)'), ''],
  [dashboard([panel(), panel({ ...beside, id: 2 })]), 'there are two panels 2'],
  [dashboard([panel(), panel({ ...beside, title: 'A' })]), 'there are two panels "A"'],
  [dashboard([panel({ targets: [{ refId: 'A', expr: '1' }, { refId: 'A', expr: '2' }] })]), 'A: there are two queries A'],
  [dashboard([panel({ description: '' })]), 'A: has no description'],
  [dashboard([row(), panel({ ...beside, gridPos: { x: 20, y: 1, w: 6, h: 4 } })]), 'B: is wider'],
  [dashboard([panel(), panel({ ...beside, gridPos: { x: 11, y: 4, w: 6, h: 4 } })]), 'lie upon each other'],
  [dashboard([row({ panels: [panel(), panel({ ...beside, gridPos: { x: 0, y: 1, w: 1, h: 1 } })] })]), 'in Row lie upon'],
  [dashboard([panel({ type: 'table', targets: [{ refId: 'A', expr: 'up' }, { refId: 'B', expr: 'max by (a) (up)' }] })]), 'A A: keeps'],
  [asking('system_a'), 'A A: system_a is not limited to $instance'],
  [asking('ALERTS{alertstate="firing"}'), 'ALERTS is not limited'],
  [asking('up{x="$nowhere"}'), 'there is no variable nowhere'],
  [asking('count(up) or vector(0)'), 'A A: shows a number where nobody knows one'],
  [dashboard([panel({ fieldConfig: { defaults: { noValue: 'nobody' } } })]), 'A: "nobody" claims'],
  [dashboard([panel({ fieldConfig: { defaults: { noValue: 'not known' } } })]), ''],
  [asking('rate(up[1m])'), 'a window of 1m'],
  [asking('rate(up[7h])'), 'a window of 7h'],
  [dashboard([row({ panels: [panel({ targets: [{ refId: 'A', expr: 'system_a' }] })] })]), 'system_a is not limited'],
  [dashboard([], { annotations: { list: [{ name: 'N', expr: 'system_a' }] } }), 'annotation N: system_a'],
  [dashboard([], { templating: { list: [{ name: 'v', includeAll: true }] } }), '$v: all must be .*'],
];
const wrong = cases.filter(([given, wanted]) => {
  const found = faultsOf(given);
  return wanted ? found.length !== 1 || !found[0].includes(wanted) : found.length > 0;
});
console.log(`${wrong.length ? 'not ok' : 'ok'} each rule finds its fault (${cases.length} cases)`);
for (const [given, wanted] of wrong) console.log(`    wanted "${wanted}", found ${JSON.stringify(faultsOf(given))}`);
process.exit(wrong.length ? 1 : 0);
