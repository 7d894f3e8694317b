// What a dashboard must be beyond its types, so that it works with a Prometheus of many sidecars and with a sidecar's own
// API alike. Pure; used by check.mjs.

const builtIn = new Set(['__rate_interval', '__interval', '__range']);

// All panels, those in collapsed rows included.
export function panelsOf(dashboard) {
  return dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

// Every expression with the place it stands in.
export function expressionsOf(dashboard) {
  const annotations = dashboard.annotations.list.filter((one) => one.expr)
    .map((one) => ({ place: `annotation ${one.name}`, expr: one.expr }));
  return annotations.concat(panelsOf(dashboard).flatMap((panel) => (panel.targets ?? [])
    .map((target) => ({ place: `${panel.title} ${target.refId}`, expr: target.expr }))));
}

function twice(values) {
  return [...new Set(values.filter((value, i) => values.indexOf(value) !== i))];
}

function overlap(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function gridFaults(panels, where) {
  const faults = panels.filter(({ gridPos }) => gridPos.x < 0 || gridPos.x + gridPos.w > 24)
    .map((panel) => `${panel.title}: is wider than the 24 columns`);
  panels.forEach((panel, i) => panels.slice(i + 1).filter((other) => overlap(panel.gridPos, other.gridPos))
    .forEach((other) => faults.push(`${panel.title} and ${other.title} ${where} lie upon each other`)));
  return faults;
}

const seconds = { s: 1, m: 60, h: 3600 };

function expressionFaults({ place, expr }, variables) {
  const faults = [];
  for (const [, name, selector] of expr.matchAll(/\b((?:system|network|service|postgresql|slony|opsmon|process)_\w+|ALERTS)\b(\S{0,23})/g)) {
    if (!selector.startsWith('{instance=~"$instance"')) faults.push(`${place}: ${name} is not limited to $instance`);
  }
  for (const [, name] of expr.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
    if (!variables.has(name) && !builtIn.has(name)) faults.push(`${place}: there is no variable ${name}`);
  }
  if (/\bor vector\(/.test(expr)) faults.push(`${place}: shows a number where nobody knows one`);
  // A sidecar keeps a sample each 10 s, for 6 h; a Prometheus may have one a minute.
  for (const [, number, unit] of expr.matchAll(/\[(\d+)([smh])\]/g)) {
    const window = number * seconds[unit];
    if (window < 120 || window > 6 * 3600) faults.push(`${place}: a window of ${number}${unit} is not between 2m and 6h`);
  }
  return faults;
}

// Columns of several queries become one row where all their labels are equal: the metric's name must not be among them.
function tableFaults(panel) {
  if (panel.type !== 'table' || panel.targets.length < 2) return [];
  return panel.targets.filter((target) => /^\w+(\{[^}]*\})?$/.test(target.expr))
    .map((target) => `${panel.title} ${target.refId}: keeps the name of its metric, so its values get rows of their own`);
}

// Where there is no value nobody may know, or there may be none: a text must be true of both.
function claimFaults(panel) {
  const says = panel.fieldConfig?.defaults?.noValue;
  return says === undefined || /\b(known|seen|measured|forecast)\b/.test(says) ? []
    : [`${panel.title}: "${says}" claims that there is none, where it may be that nobody knows`];
}

export function faultsOf(dashboard) {
  const all = panelsOf(dashboard);
  const variables = new Set(dashboard.templating.list.map((variable) => variable.name));
  return [
    ...twice(all.map((panel) => panel.id)).map((id) => `there are two panels ${id}`),
    ...twice(all.map((panel) => panel.title)).map((title) => `there are two panels "${title}"`),
    ...all.flatMap((panel) => twice((panel.targets ?? []).map((target) => target.refId))
      .map((id) => `${panel.title}: there are two queries ${id}`)),
    ...all.filter((panel) => panel.type !== 'row' && !panel.description)
      .map((panel) => `${panel.title}: has no description`),
    ...all.flatMap(tableFaults),
    ...all.flatMap(claimFaults),
    ...gridFaults(dashboard.panels, ''),
    ...dashboard.panels.flatMap((row) => gridFaults(row.panels ?? [], `in ${row.title}`)),
    ...expressionsOf(dashboard).flatMap((one) => expressionFaults(one, variables)),
    ...dashboard.templating.list.filter((variable) => variable.includeAll && variable.allValue !== '.*')
      .map((variable) => `$${variable.name}: all must be .*, which also matches where the label is absent`),
  ];
}
