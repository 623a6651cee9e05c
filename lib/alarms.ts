/**
 * Makes alarms, each named like its section in docs/runbook.md, in a nested stack of their own: CloudFormation allows 500
 * resources in a stack. A person is told by pages (lib/pages.ts), not by each alarm, so that one outage is told of once.
 */
import { Duration, NestedStack, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { explain } from './explain.ts';
import { makePages, type PageName } from './pages.ts';

/** The period of most metrics. */
export const everyMinute = Duration.minutes(1);
export const everyFiveMinutes = Duration.minutes(5);

export type AlarmProps = {
  metric: IMetric;
  /** The alarm rises when the metric is at or above it… */
  atLeast?: number;
  /** …or at or below it… */
  atMost?: number;
  /** …or below it. */
  below?: number;
  /** What the alarm means, in a sentence for the person whom it wakes. */
  says: string;
  /** Of which page it is a part; `itself`: a person is told of it whatever else is wrong. */
  page: PageName | 'itself';
  /** How many periods in a row must breach the threshold. */
  periods?: number;
  /** Whether a metric without data raises the alarm. Most metrics have none when nothing happens. */
  silenceIsBad?: boolean;
};

/** Where a person is told, as lib/settings.ts has it. */
export type AlarmsTo = { email: string | undefined; topicArn: string | undefined };

export class Alarms extends Construct {
  /** Holds the alarms, and whatever else only watches. */
  readonly watch: NestedStack;
  private readonly tell: SnsAction;
  private readonly nameOf: (word: string) => string;
  private readonly raised: { alarm: Alarm; page: AlarmProps['page'] }[] = [];

  constructor(
    scope: Construct,
    id: string,
    nameOf: (word: string) => string,
    { email, topicArn }: AlarmsTo,
  ) {
    super(scope, id);
    this.nameOf = nameOf;
    this.watch = new NestedStack(this, 'watch', {
      description: 'Drawbridge: alarms, what they page, and the dashboard',
    });
    const topic =
      topicArn === undefined
        ? this.ownTopic(email)
        : Topic.fromTopicArn(this.watch, 'topic', topicArn);
    this.tell = new SnsAction(topic);
  }

  private ownTopic(email: string | undefined): ITopic {
    const topic = new Topic(this, 'topic', { topicName: this.nameOf('alarms'), enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== undefined) {
      topic.addSubscription(new EmailSubscription(email));
      explain(topic, {
        'Serverless-SNSRedrivePolicy':
          'A mail that cannot be delivered is of no use later: the alarm stays visible in CloudWatch.',
      });
    }
    return topic;
  }

  /** Makes one alarm. `section` is its name and its section of the runbook. Throws without a threshold. */
  raise(section: string, props: AlarmProps): void {
    const { metric, atLeast, atMost, below, says, page, periods = 1, silenceIsBad = false } = props;
    const threshold = atLeast ?? atMost ?? below;
    if (threshold === undefined) throw new Error(`alarm ${section} has no threshold`);
    const alarm = new Alarm(this.watch, `${section}-alarm`, {
      alarmName: this.alarmNameOf(section),
      alarmDescription: describe(says, section),
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator:
        atLeast !== undefined
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : atMost !== undefined
            ? ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
            : ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (page === 'itself') {
      alarm.addAlarmAction(this.tell);
      alarm.addOkAction(this.tell);
    }
    this.raised.push({ alarm, page });
  }

  /** When all alarms are made: makes the pages of them. */
  page(): void {
    const of = (page: PageName) =>
      this.raised.flatMap((one) => (one.page === page ? [one.alarm] : []));
    makePages(this.watch, {
      ...{ of, describe, tell: this.tell },
      nameOf: (section) => this.alarmNameOf(section),
    });
  }

  /** `drawbridge/debit-age`: where this was `drawbridge-debit-age`, the alarm of before is replaced, and never deleted by its name. */
  private alarmNameOf(section: string): string {
    return `${this.nameOf('').replace(/-$/, '')}/${section}`;
  }
}

const describe = (says: string, section: string): string =>
  `${says} See docs/runbook.md#${section}`;
