/**
 * Which alarms are raised: what CloudWatch makes of metrics, as far as the stack's alarms use it. The alarms are those of the
 * synthesized template, so that a wrong name, statistic or threshold is seen.
 */
import type { Resource } from '../lib/template.ts';

/** One value of a metric. `at`: in milliseconds. Metrics of AWS are told apart by the value of their one dimension. */
export type Datum = { at: number; metric: string; of?: string; value: number };

type Stat = { metric: string; of: string | null; statistic: string };
type Watched = {
  name: string;
  periodMs: number;
  periods: number;
  expression: string | null;
  /** By the id that the expression knows it by. */
  stats: ReadonlyMap<string, Stat>;
  breaches(value: number): boolean;
  silenceIsBad: boolean;
};

type Fields = Readonly<Record<string, unknown>>;

const statOf = ({ MetricName, Dimensions = [] }: Fields, statistic: unknown): Stat => {
  const [first] = Dimensions as { Name: string; Value: string }[];
  return {
    metric: String(MetricName),
    // A function or a queue is named by its path in the tests of the template.
    of: first === undefined || first.Name === 'service' ? null : String(first.Value),
    statistic: String(statistic),
  };
};

export function alarmsIn(all: readonly Resource[]): Watched[] {
  return all
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    .map(({ properties }): Watched => {
      const alarm: Fields = properties;
      const threshold = Number(alarm['Threshold']);
      const metrics = alarm['Metrics'] as Fields[] | undefined;
      const stats = new Map<string, Stat>();
      let expression: string | null = null;
      let periodS = Number(alarm['Period']);
      if (metrics === undefined)
        stats.set('only', statOf(alarm, alarm['Statistic'] ?? alarm['ExtendedStatistic']));
      for (const one of metrics ?? []) {
        if (one['ReturnData'] !== false) expression = String(one['Expression']);
        const stat = one['MetricStat'] as Fields | undefined;
        if (stat === undefined) continue;
        periodS = Number(stat['Period']);
        stats.set(String(one['Id']), statOf(stat['Metric'] as Fields, stat['Stat']));
      }
      return {
        name: String(alarm['AlarmName']).replace(/^.*\//, ''),
        periodMs: periodS * 1_000,
        periods: Number(alarm['EvaluationPeriods']),
        expression,
        stats,
        breaches: (value) => compare(String(alarm['ComparisonOperator']), value, threshold),
        silenceIsBad: alarm['TreatMissingData'] === 'breaching',
      };
    });
}

function compare(operator: string, value: number, threshold: number): boolean {
  switch (operator) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    default:
      throw new Error(`no comparison ${operator}`);
  }
}

/** The value of a metric in one period; undefined: there is none. */
function statisticOf({ statistic }: Stat, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  switch (statistic) {
    case 'Sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'Maximum':
    case 'p95':
      return Math.max(...values);
    case 'SampleCount':
      return values.length;
    default:
      throw new Error(`no statistic ${statistic}`);
  }
}

/** Metric math, as far as it is used. An operation with a value that is missing has none. */
function mathOf(
  expression: string,
  given: ReadonlyMap<string, number | undefined>,
): number | undefined {
  const names = [...given.keys()];
  const code = expression.replaceAll(/\bAND\b/g, '&&').replaceAll(/\bIF\(/g, 'choose(');
  const run = new Function('FILL', 'choose', ...names, `return ${code};`);
  const value: unknown = run(
    (one: number | undefined, otherwise: number) => one ?? otherwise,
    (holds: boolean, yes: number, no: number) => (holds ? yes : no),
    ...names.map((name) => given.get(name)),
  );
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The alarms that were raised at some time from `from` to `until`. Periods begin at whole multiples of themselves. */
export function raisedBy(
  watched: readonly Watched[],
  data: readonly Datum[],
  from: number,
  until: number,
): string[] {
  const byMetric = Map.groupBy(data, ({ metric, of = '' }) => `${metric} ${of}`);
  return watched
    .filter(({ periodMs, periods, stats, expression, breaches, silenceIsBad }) => {
      let inARow = 0;
      for (
        let start = Math.ceil(from / periodMs) * periodMs;
        start + periodMs <= until;
        start += periodMs
      ) {
        const values = [...stats].map(([id, stat]) => {
          const own = byMetric.get(`${stat.metric} ${stat.of ?? ''}`) ?? [];
          const inside = own.filter(({ at }) => at >= start && at < start + periodMs);
          return [
            id,
            statisticOf(
              stat,
              inside.map(({ value }) => value),
            ),
          ] as const;
        });
        const value = expression === null ? values[0]?.[1] : mathOf(expression, new Map(values));
        const isBad = value === undefined ? silenceIsBad : breaches(value);
        inARow = isBad ? inARow + 1 : 0;
        if (inARow >= periods) return true;
      }
      return false;
    })
    .map(({ name }) => name);
}

/**
 * What a person is told: the pages that these alarms are on, and those alarms that tell by themselves. A page of consequences is not
 * told of while its suppressor, which is one page of causes or another, is raised.
 */
export function pagesOf(all: readonly Resource[], raised: readonly string[]): string[] {
  const isRaised = new Set(raised);
  const nameOf = ({ properties }: Resource): string =>
    String(properties['AlarmName']).replace(/^.*\//, '');
  const isTelling = ({ properties }: Resource): boolean => properties['AlarmActions'] !== undefined;
  const composites = all.filter(({ type }) => type === 'AWS::CloudWatch::CompositeAlarm');
  const plain = all.filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
  const paths = new Set(plain.filter((one) => isRaised.has(nameOf(one))).map(({ path }) => path));
  const inRule = ({ properties }: Resource): string[] =>
    [...String(properties['AlarmRule']).matchAll(/ALARM\("?([^")]+)\.Arn"?\)/g)].map(
      ([, path = '']) => path,
    );
  const told: Resource[] = [];
  for (const one of composites.filter(isTelling)) {
    const suppressor = composites.find(
      ({ path }) => `${path}.Arn` === one.properties['ActionsSuppressor'],
    );
    const causes = suppressor === undefined ? [] : inRule(suppressor);
    const isSuppressed = told.some(({ path }) => causes.includes(path));
    if (inRule(one).some((path) => paths.has(path)) && !isSuppressed) told.push(one);
  }
  return [...told, ...plain.filter((one) => isTelling(one) && isRaised.has(nameOf(one)))].map(
    nameOf,
  );
}
