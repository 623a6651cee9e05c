/**
 * What a person is told of: composite alarms. Each gathers the alarms that one cause raises, so that it tells of them once. What is
 * a consequence of something else waits for the alarms of causes, and is told of only when it outlasts them
 * (docs/decisions/0041-one-outage-one-page.md).
 */
import { Duration } from 'aws-cdk-lib';
import {
  AlarmRule,
  AlarmState,
  CompositeAlarm,
  type IAlarm,
  type IAlarmAction,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** `of`: whether its alarms are a cause of their own, or follow from causes. */
type Page = { of: 'causes' | 'consequences'; says: string };

// biome-ignore format: a table
export const pages = {
  'page-platform':  { of: 'causes',       says: 'AWS, or what was deployed last: functions crash, are not run, or answer late.' },
  'page-brokerage': { of: 'causes',       says: 'The brokerage does not answer, or does not say what became of something.' },
  'page-on-ramp':   { of: 'causes',       says: 'The on-ramp does not answer, or does not say what became of something.' },
  'page-network':   { of: 'causes',       says: 'A network, its node or its token keeps payouts from going on.' },
  'page-funds':     { of: 'causes',       says: 'Our treasury or a gas lane is empty, or nearly so.' },
  'page-held-back': { of: 'causes',       says: 'One of us holds payments back, by a switch or by the processor.' },
  'page-put-aside': { of: 'consequences', says: 'Something was given up and put aside: it has to be looked at, and sent again.' },
  'page-backlog':   { of: 'consequences', says: 'Withdrawals are late, stand still or fail more often than they should.' },
  'page-clients':   { of: 'consequences', says: 'Clients, or those who listen on the event bus, are not told what happens.' },
  'page-checks':    { of: 'consequences', says: 'What checks on us by the clock cannot: books, client events or balances are unwatched.' },
} as const satisfies Record<string, Page>;

export type PageName = keyof typeof pages;
export const pageNames = Object.keys(pages) as PageName[];

/**
 * Alarms of a cause and of its consequences rise within minutes of each other. So long a consequence waits for its cause, and for so
 * long after the cause has ended it may go by itself.
 */
const waitForCause = Duration.minutes(10);
const waitForEnd = Duration.minutes(10);

export type PagesOf = {
  of: (page: PageName) => readonly IAlarm[];
  nameOf: (section: string) => string;
  describe: (says: string, section: string) => string;
  tell: IAlarmAction;
};

export function makePages(scope: Construct, { of, nameOf, describe, tell }: PagesOf): void {
  const made = new Map<PageName, CompositeAlarm>();
  const make = (page: PageName, suppressor?: IAlarm): void => {
    const composite = new CompositeAlarm(scope, `${page}-alarm`, {
      compositeAlarmName: nameOf(page),
      alarmDescription: describe(pages[page].says, page),
      alarmRule: anyOf(of(page)),
      ...(suppressor === undefined
        ? {}
        : {
            actionsSuppressor: suppressor,
            actionsSuppressorWaitPeriod: waitForCause,
            actionsSuppressorExtensionPeriod: waitForEnd,
          }),
    });
    composite.addAlarmAction(tell);
    composite.addOkAction(tell);
    made.set(page, composite);
  };
  for (const page of pageNames) if (pages[page].of === 'causes') make(page);
  const section = 'a-cause';
  const cause = new CompositeAlarm(scope, `${section}-alarm`, {
    compositeAlarmName: nameOf(section),
    alarmDescription: describe('One of the pages of causes is raised. It tells nobody.', section),
    alarmRule: anyOf([...made.values()]),
  });
  for (const page of pageNames) if (pages[page].of === 'consequences') make(page, cause);
}

const anyOf = (alarms: readonly IAlarm[]) =>
  AlarmRule.anyOf(...alarms.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM)));
