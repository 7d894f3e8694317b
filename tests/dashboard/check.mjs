// Checks sidecar/dashboards/*.json against Grafana's types (compile.mjs) and the rules of this project (rules.mjs), and
// then that the check itself finds a misspelt word wherever it stands. Prints `ok NAME` or `not ok NAME` with the faults.
//
//   node check.mjs MODULES FILE...      MODULES: the absolute path of node_modules with what package.json names
import { readFileSync } from 'node:fs';
import { faultsOf as typeFaults, releases } from './compile.mjs';
import { faultsOf as ruleFaults, panelsOf } from './rules.mjs';

const [modules, ...files] = process.argv.slice(2);
let failed = false;

function result(name, faults) {
  console.log(`${faults.length ? 'not ok' : 'ok'} ${name}`);
  faults.slice(0, 40).forEach((fault) => console.log(`    ${fault}`));
  failed ||= faults.length > 0;
}

// Maps from values, fields and columns: any word may stand there.
const maps = /\.(excludeByName|indexByName|renameByName|mappings\.options|value\.options)$/;

// Each kind of place once, as the names on the way to it: what holds the key, and the key.
function* places(value, path, seen) {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (Array.isArray(value)) {
      yield* places(inner, path, seen);
      continue;
    }
    const place = `${path}.${key}`;
    if (!maps.test(path) && !seen.has(place)) {
      seen.add(place);
      yield { place, holder: value, key };
    }
    yield* places(inner, place, seen);
  }
}

function withMisspelt(whole, holder, key) {
  const kept = Object.entries(holder);
  const fill = (entries) => {
    for (const name of Object.keys(holder)) delete holder[name];
    Object.assign(holder, Object.fromEntries(entries));
  };
  fill(kept.map(([name, value]) => [name === key ? `${name}x` : name, value]));
  const text = JSON.stringify(whole);
  fill(kept);
  return text;
}

// The dashboard with one panel or none, each of its words misspelt in turn.
function misspelt(dashboard) {
  const seen = new Set();
  const bare = { ...dashboard, panels: [] };
  const cases = [...places(bare, 'dashboard', seen)].map((one) => ({ whole: bare, ...one }));
  for (const panel of panelsOf(dashboard)) {
    const whole = { ...dashboard, panels: [panel] };
    for (const [key, inner] of Object.entries(panel)) {
      // What every panel has alike is tried in the first one.
      const path = ['options', 'fieldConfig', 'panels'].includes(key) ? panel.type : 'panel';
      if (!seen.has(`${path}.${key}`)) cases.push({ whole, place: `${path}.${key}`, holder: panel, key });
      seen.add(`${path}.${key}`);
      cases.push(...[...places(inner, `${path}.${key}`, seen)].map((one) => ({ whole, ...one })));
    }
  }
  return cases.map(({ whole, place, holder, key }) => ({ place, text: withMisspelt(whole, holder, key) }));
}

for (const file of files) {
  const text = readFileSync(file, 'utf8');
  for (const release of Object.keys(releases)) {
    const faults = typeFaults([text], release, modules)[0];
    result(`${file} is a dashboard of Grafana ${release}`, faults.map((fault) => `${file}:${fault}`));
  }
  if (failed) continue;
  const dashboard = JSON.parse(text);
  result(`${file} keeps the rules of tests/dashboard/rules.mjs`, ruleFaults(dashboard).map((fault) => `${file}: ${fault}`));

  const cases = misspelt(dashboard);
  const found = typeFaults(cases.map((one) => one.text), Object.keys(releases)[0], modules);
  const missed = cases.filter((_, i) => found[i].length === 0).map((one) => `${one.place} can be misspelt`);
  result(`a misspelt word is found (${cases.length} places)`, cases.length ? missed : ['there is none to misspell']);
}
process.exit(failed ? 1 : 0);
