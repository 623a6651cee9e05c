/** The parts of the dashboard: rows of graphs, and the metrics that most of them show. */
import { GraphWidget, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { type Stage, stages } from '../lambdas/core/withdrawal/withdrawal.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { published } from './published.ts';

const fullWidth = 24;
const allStages = Object.keys(stages) as Stage[];

export const ours = (name: string, statistic: 'sum' | 'max' | 'p95'): IMetric =>
  published(name, statistic, everyMinute);
export const gauged = (name: string): IMetric => published(name, 'max', everyFiveMinutes);

export const stageMetrics = (what: string, statistic: 'sum' | 'p95'): IMetric[] =>
  allStages.map((stage) => ours(`${what}-${stage}`, statistic));

type Graph = { title: string; left: IMetric[] };
export const graph = (title: string, left: IMetric[]): Graph => ({ title, left });

export const row = (...graphs: Graph[]): IWidget[] =>
  graphs.map(
    (one) => new GraphWidget({ ...one, width: fullWidth / graphs.length, leftYAxis: { min: 0 } }),
  );
