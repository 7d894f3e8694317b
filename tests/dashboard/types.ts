// What sidecar/dashboards/*.json may be: Grafana's own types, narrowed to the panels and transformations that the
// sidecar's page draws. check.mjs compiles the files as constants of the type `Dashboard`, against each of the releases
// it knows. Nothing here runs.
import type * as grafana from '@grafana/schema';
import type { Options as BarGauge } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { Options as Gauge } from '@grafana/schema/dist/esm/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen';
import type { Options as Heatmap, FieldConfig as HeatmapField } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as Timeline, FieldConfig as TimelineField } from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as Table, FieldConfig as TableField } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { Options as Text } from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type { Options as Lines, FieldConfig as LinesField } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
// Later releases keep this type in another package; the format of a query is the same.
import type { PrometheusDataQuery } from 'grafana-schema-10/dist/esm/raw/composable/prometheus/dataquery/x/PrometheusDataQuery_types.gen';

// As JSON has it: the values of enumerations are written out.
type Json<T> = unknown extends T ? T
  : T extends string ? `${T}`
  : T extends (infer E)[] ? Json<E>[]
  : T extends object ? { [K in keyof T]: Json<T[K]> }
  : T;

type Source = { type: 'prometheus'; uid: '${datasource}' };
type Query = Omit<PrometheusDataQuery, 'datasource'> & { datasource?: Source };

// A property of an override is a field of the defaults; `custom` has a name for each of its own.
type Property<Values, Prefix extends string = ''> = {
  [K in keyof Values & string]-?: { id: `${Prefix}${K}`; value: Values[K] };
}[keyof Values & string];
type Override<Custom> = {
  matcher: { id: 'byName' | 'byRegexp'; options: string };
  properties: (Property<Omit<grafana.FieldConfig, 'custom'>> | Property<Custom, 'custom.'>)[];
};
type Fields<Custom> = {
  defaults: Omit<grafana.FieldConfig, 'custom'> & { custom?: Partial<Custom> };
  overrides: Override<Custom>[];
};

type Transformation =
  | { id: 'merge'; options: {} }
  | { id: 'organize'; options: {
      excludeByName?: Record<string, boolean>; indexByName?: Record<string, number>; renameByName?: Record<string, string>;
    } }
  | { id: 'sortBy'; options: { fields?: {}; sort: { field: string; desc?: boolean }[] } }
  | { id: 'labelsToFields'; options: { mode?: 'columns' | 'rows'; keepLabels?: string[]; valueLabel?: string } };

// What a panel does not say has Grafana's default.
type Panel<Type extends string, Options, Custom = {}> =
  & Omit<grafana.Panel, 'type' | 'id' | 'title' | 'description' | 'gridPos' | 'datasource' | 'targets' | 'fieldConfig'
      | 'options' | 'transformations'>
  & { type: Type; id: number; title: string; description: string; gridPos: grafana.GridPos; datasource: Source;
      targets: Query[]; fieldConfig: Fields<Custom>; options: Partial<Options>; transformations?: Transformation[] };

// Not among Grafana's published types.
type AlertList = Omit<Panel<'alertlist', {
  alertName: string; alertInstanceLabelFilter: string; dashboardAlerts: boolean; folder: string; groupBy: string[];
  groupMode: 'default' | 'custom'; maxItems: number; sortOrder: 1 | 2 | 3 | 4 | 5; viewMode: 'list' | 'stat';
  stateFilter: { firing: boolean; pending: boolean; noData: boolean; normal: boolean; error: boolean };
}>, 'datasource' | 'targets' | 'fieldConfig'>;

type Shown =
  | Panel<'stat', Stat> | Panel<'gauge', Gauge> | Panel<'bargauge', BarGauge>
  | Panel<'timeseries', Lines, LinesField> | Panel<'heatmap', Heatmap, HeatmapField>
  | Panel<'table', Table, TableField> | Panel<'state-timeline', Timeline, TimelineField>
  | Omit<Panel<'text', Text>, 'datasource' | 'targets' | 'fieldConfig'> | AlertList;
type Row = Omit<grafana.RowPanel, 'panels' | 'gridPos' | 'datasource'> & { gridPos: grafana.GridPos; panels: Shown[] };

// Prometheus' annotations keep their query beside the fields that all annotations have.
type Annotation = Omit<grafana.AnnotationQuery, 'datasource' | 'target'> & (
  | { builtIn: 1; datasource: { type: 'grafana'; uid: '-- Grafana --' } }
  | { builtIn?: undefined; datasource: Source; expr: string; step?: string; titleFormat?: string; textFormat?: string;
      tagKeys?: string });

// `definition` is what Grafana shows of a query; its type leaves it out.
type Variable = Omit<grafana.VariableModel, 'datasource' | 'type' | 'query' | 'current'> & { current: Partial<grafana.VariableOption> } & (
  | { type: 'datasource'; query: 'prometheus' }
  | { type: 'query'; datasource: Source; definition: string; query: { query: string; refId: string } }
  | { type: 'custom' | 'interval'; query: string });

export type Dashboard = Json<
  Omit<grafana.Dashboard, 'panels' | 'annotations' | 'templating' | 'uid' | 'title' | 'time'> & {
    uid: string; title: string; time: { from: string; to: string };
    panels: (Shown | Row)[]; annotations: { list: Annotation[] }; templating: { list: Variable[] };
  }>;
