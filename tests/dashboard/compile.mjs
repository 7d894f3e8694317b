// The type check: a dashboard's text is compiled as a constant of the type in types.ts, against Grafana's types of one
// release. Used by check.mjs; reads nothing but those types.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';

const here = dirname(fileURLToPath(import.meta.url));

// The releases by the package that has their types.
export const releases = { 11: '@grafana/schema', 10: 'grafana-schema-10' };

function options(ts, modules, release) {
  return {
    noEmit: true, strict: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts'],
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Node10, baseUrl: here,
    paths: {
      '@grafana/schema': [join(modules, releases[release])],
      '@grafana/schema/*': [join(modules, releases[release], '*')],
      'grafana-schema-10/*': [join(modules, 'grafana-schema-10', '*')],
    },
  };
}

// For each of the texts its faults, as `line: what`. `modules` is the node_modules with compiler and types.
export function faultsOf(texts, release, modules) {
  const ts = createRequire(join(modules, 'x.js'))('typescript');
  const settings = options(ts, modules, release);
  const names = texts.map((_, i) => join(here, `dashboard_${i}.ts`));
  // What stands before the text has no line of its own, so that lines are those of the text.
  const source = new Map(texts.map((text, i) =>
    [names[i], `import type { Dashboard } from './types'; export const dashboard: Dashboard = ${text};`]));
  const host = ts.createCompilerHost(settings);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => source.has(file) || fileExists(file);
  host.getSourceFile = (file, version, ...rest) => source.has(file)
    ? ts.createSourceFile(file, source.get(file), version, true) : getSourceFile(file, version, ...rest);
  const program = ts.createProgram(names, settings, host);

  const said = (fault) => {
    const what = ts.flattenDiagnosticMessageText(fault.messageText, ' ').slice(0, 600);
    return fault.file ? `${fault.file.getLineAndCharacterOfPosition(fault.start).line + 1}: ${what}` : what;
  };
  const types = program.getSourceFile(join(here, 'types.ts'));
  const broken = [...program.getOptionsDiagnostics(), ...program.getSemanticDiagnostics(types)];
  if (broken.length) throw new Error(`tests/dashboard/types.ts: ${broken.map(said).join('\n')}`);
  return names.map((name) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(said);
  });
}
