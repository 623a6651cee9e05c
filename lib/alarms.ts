/** Makes alarms, each named like its section in docs/runbook.md, that all go to one topic. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { explain } from './explain.ts';

/** The period of most metrics. */
export const everyMinute = Duration.minutes(1);
export const everyFiveMinutes = Duration.minutes(5);

export type AlarmProps = {
  metric: IMetric;
  /** The alarm rises when the metric is at or above it… */
  atLeast?: number;
  /** …or at or below it. */
  atMost?: number;
  /** What the alarm means, in a sentence for the person whom it wakes. */
  says: string;
  /** How many periods in a row must breach the threshold. */
  periods?: number;
  /** Whether a metric without data raises the alarm. Most metrics have none when nothing happens. */
  silenceIsBad?: boolean;
};

export class Alarms extends Construct {
  private readonly topic: Topic;
  private readonly nameOf: (word: string) => string;

  constructor(
    scope: Construct,
    id: string,
    nameOf: (word: string) => string,
    email: string | undefined,
  ) {
    super(scope, id);
    this.nameOf = nameOf;
    this.topic = new Topic(this, 'topic', { topicName: nameOf('alarms'), enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== undefined) {
      this.topic.addSubscription(new EmailSubscription(email));
      explain(this.topic, {
        'Serverless-SNSRedrivePolicy':
          'A mail that cannot be delivered is of no use later: the alarm stays visible in CloudWatch.',
      });
    }
  }

  /** Makes one alarm. `section` is its name and its section of the runbook. Throws without a threshold. */
  raise(scope: Construct, section: string, props: AlarmProps): Alarm {
    const { metric, atLeast, atMost, says, periods = 1, silenceIsBad = false } = props;
    const threshold = atLeast ?? atMost;
    if (threshold === undefined) throw new Error(`alarm ${section} has no threshold`);
    const alarm = new Alarm(scope, `${section}-alarm`, {
      alarmName: this.nameOf(section),
      alarmDescription: `${says} See docs/runbook.md#${section}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator:
        atLeast === undefined
          ? ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const tell = new SnsAction(this.topic);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    return alarm;
  }
}
