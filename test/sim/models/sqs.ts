/**
 * SQS as AWS describes it, in virtual time: FIFO queues and their dead letters, and the plain standard queue that Lambda
 * sends the failures of a stream to. Behind it is SQS's JSON protocol for the product, and typed functions for the models
 * of Lambda and of an operator.
 *
 * Sources: the API reference, and of the developer guide "FIFO queue delivery logic", "FIFO queue key terms", "Using
 * dead-letter queues", "Configuring a dead-letter queue redrive" (new ids), "Amazon SQS message quotas".
 */
import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { queueArnOf } from '../../../local/template/identities.ts';
import type { WireResponse, World } from '../world.ts';
import { makeSqsApi, systemAttributes } from './sqs-api.ts';

export type QueueSettings = {
  /** Ending in `.fifo`: a FIFO queue. */
  name: string;
  url: string;
  visibilitySeconds?: number;
  retentionSeconds?: number;
  deduplicationScope?: 'queue' | 'messageGroup';
  /** Where a message goes that would be handed out more than `maxReceiveCount` times. */
  redrive?: { deadLetterQueue: string; maxReceiveCount: number };
};

/** What goes wrong at a queue, each a probability. What is lost on the way to it is not its own. */
export type SqsFaults = {
  /** A request is refused: `RequestThrottled`. */
  throttled: number;
  /** A request is answered with 500 and has done nothing. */
  internalError: number;
  /** An entry of a batch fails by itself, with the others done and status 200. */
  entryFails: number;
  /** A receive takes its messages and counts them, and nobody gets them ("avoiding inconsistent message processing"). */
  phantomReceive: number;
  /** A deletion says that it is done, and the message comes again after its visibility timeout. */
  deleteLost: number;
  /** A message is deleted, its successors go on, and later it is handed out once more. */
  deletedComesBack: number;
  /** Groups come in any order, and a receive gets fewer messages than there are. */
  receiveVaries: number;
};
export const noSqsFaults: Readonly<SqsFaults> = {
  throttled: 0,
  internalError: 0,
  entryFails: 0,
  phantomReceive: 0,
  deleteLost: 0,
  deletedComesBack: 0,
  receiveVaries: 0,
};

export type SqsOptions = {
  faults?: Partial<SqsFaults>;
  /** Messages of one group in one batch; AWS: as many as fit. */
  groupBatchMax?: number;
};

export type Message = {
  readonly id: string;
  readonly body: string;
  readonly md5: string;
  readonly group: string;
  /** Null in a standard queue. */
  readonly deduplicationId: string | null;
  /** Its place in its queue. */
  readonly sequence: number;
  readonly sentAt: number;
  /** The queue whose dead letter it is. */
  readonly cameFrom: string | null;
  receives: number;
  firstReceivedAt: number | null;
  /** In flight: who has it, until when, and since when. */
  flight: { handle: string; until: number; since: number } | null;
};
export type NewMessage = { body: string; group: string; deduplicationId: string };

/** What a receipt handle stands for. A FIFO queue forgets one as soon as its message is visible again. */
export type Receipt =
  | { at: 'flight'; message: Message }
  | { at: 'expired' | 'deleted' | 'unknown' };

export type SqsModel = {
  /** Answers a request of SQS's JSON 1.0 protocol. Throws when it asks for what is not modelled. */
  execute(operation: string, input: Readonly<Record<string, unknown>>): WireResponse;
  /** Each can be changed at any time. */
  faults: SqsFaults;

  /** At most `max` records, as Lambda's poller gets them and hands them to a function. */
  receive(queue: string, max: number): SQSRecord[];
  /** What is no longer in flight stays. */
  delete(queue: string, receiptHandles: readonly string[]): void;
  /** `wake` is called with a queue's name whenever messages of it may have become receivable. */
  onReceivable(wake: (queue: string) => void): void;
  receivable(queue: string): boolean;
  /** When the next message in flight becomes visible again; null when none is. */
  nextVisibleAt(queue: string): number | null;

  /** Puts a message into a queue, whoever sends it: a stream's failures, a forger. Duplicates are dropped as always. */
  send(queue: string, message: NewMessage): { id: string; isNew: boolean };
  counts(queue: string): { visible: number; inFlight: number };
  /** Everything in the queue, oldest first. */
  messages(queue: string): readonly Readonly<Message>[];
  /** Everything in the queues that are some queue's dead-letter queue. */
  deadLetters(): readonly { queue: string; body: string; message: Readonly<Message> }[];
  /**
   * As an operator does: moves what this queue's dead-letter queue holds back to it, oldest first, `times` times over
   * (somebody was impatient). Returns how many messages were added.
   */
  redrive(queue: string, times?: number): number;
  /** Every message that this queue ever took, for whoever wants to send it again. */
  history(queue: string): readonly { at: number; group: string; body: string }[];
};

/** One queue, as the API sees it. */
export type Queue = {
  readonly settings: Required<Omit<QueueSettings, 'redrive'>> & Pick<QueueSettings, 'redrive'>;
  readonly arn: string;
  readonly fifo: boolean;
  readonly createdAt: number;
  send(message: NewMessage): { message: Message; isNew: boolean };
  receive(max: number, visibilitySeconds: number): Message[];
  receiptOf(handle: string): Receipt;
  delete(message: Message): void;
  changeVisibility(message: Message, seconds: number): void;
  counts(): { visible: number; inFlight: number };
};

/** AWS: "FIFO queue key terms", "Message deduplication ID". */
const deduplicationMs = 5 * 60_000;

type Group = { waiting: Message[]; inFlight: number };

export function sqsModel(
  world: World,
  settings: readonly QueueSettings[],
  options: SqsOptions = {},
): SqsModel {
  const faults: SqsFaults = { ...noSqsFaults, ...options.faults };
  const wakes: ((queue: string) => void)[] = [];
  const queues = new Map<string, ReturnType<typeof makeQueue>>();
  const find = (name: string) => {
    const queue = queues.get(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}.`);
    return queue;
  };
  let ids = 0;
  for (const one of settings)
    queues.set(
      one.name,
      makeQueue(world, one, {
        faults,
        groupBatchMax: options.groupBatchMax ?? Number.POSITIVE_INFINITY,
        nextId: () => `00000000-0000-4000-8000-${(++ids).toString(16).padStart(12, '0')}`,
        deadLettersOf: (queue) => find(queue),
        wake: (queue) => {
          for (const wake of wakes) wake(queue);
        },
      }),
    );
  for (const { redrive } of settings) if (redrive !== undefined) find(redrive.deadLetterQueue);

  const redrive = (name: string, times = 1): number => {
    const to = find(name);
    const { redrive } = to.settings;
    if (redrive === undefined) throw new Error(`${name} has no dead-letter queue.`);
    const letters = find(redrive.deadLetterQueue).takeAll((message) => message.cameFrom === name);
    for (let time = 0; time < times; time++)
      // Its deduplication id in there was its message's; another time is another message.
      for (const { body, group, deduplicationId } of letters)
        to.add({ body, group, deduplicationId: `${deduplicationId}${time > 0 ? `-${time}` : ''}` });
    world.tell('sqs', `${letters.length} dead letters of ${name} go back, ${times} times`);
    return letters.length * times;
  };
  const deadLetterQueues = [
    ...new Set(settings.flatMap((one) => one.redrive?.deadLetterQueue ?? [])),
  ];
  return {
    faults,
    execute: makeSqsApi(world, [...queues.values()], faults, redrive),
    receive: (name, max) => {
      const queue = find(name);
      const { visibilitySeconds } = queue.settings;
      return queue.receive(max, visibilitySeconds).map((message) => recordOf(queue, message));
    },
    delete: (name, handles) => {
      const queue = find(name);
      for (const handle of handles) {
        const receipt = queue.receiptOf(handle);
        if (receipt.at === 'unknown') throw new Error(`${handle} was never handed out by ${name}.`);
        if (receipt.at === 'flight') queue.delete(receipt.message);
      }
    },
    onReceivable: (wake) => {
      wakes.push(wake);
    },
    receivable: (name) => find(name).receivable(),
    nextVisibleAt: (name) => find(name).nextVisibleAt(),
    send: (name, message) => {
      const { message: sent, isNew } = find(name).send(message);
      return { id: sent.id, isNew };
    },
    counts: (name) => find(name).counts(),
    messages: (name) => find(name).messages(),
    deadLetters: () =>
      deadLetterQueues.flatMap((queue) =>
        find(queue)
          .messages()
          .map((message) => ({ queue, body: message.body, message })),
      ),
    redrive,
    history: (name) => find(name).history,
  };
}

type Surroundings = {
  faults: SqsFaults;
  groupBatchMax: number;
  nextId(): string;
  deadLettersOf(queue: string): { bury(message: Message, from: string): void };
  wake(queue: string): void;
};

function makeQueue(world: World, given: QueueSettings, around: Surroundings) {
  const { faults, wake } = around;
  const settings: Queue['settings'] = {
    // AWS: CreateQueue, "Attributes".
    visibilitySeconds: 30,
    retentionSeconds: 4 * 24 * 3_600,
    deduplicationScope: 'queue',
    ...given,
  };
  const { name } = settings;
  const fifo = name.endsWith('.fifo');
  const createdAt = world.now();
  /** In the order of their sequence. */
  const all = new Map<number, Message>();
  const groups = new Map<string, Group>();
  /** Groups with something to hand out, in the order in which they became so. */
  const ready = new Map<string, Group>();
  const flying = new Set<Message>();
  const duplicates = new Map<string, { message: Message; until: number }>();
  const history: { at: number; group: string; body: string }[] = [];
  let sequence = 0;
  /** No message in flight becomes visible before. */
  let quietUntil = Number.POSITIVE_INFINITY;
  let alarmAt = Number.POSITIVE_INFINITY;

  const settleGroup = (id: string, group: Group): void => {
    if (group.inFlight === 0 && group.waiting.length > 0) {
      if (ready.has(id)) return;
      ready.set(id, group);
      wake(name);
    } else {
      ready.delete(id);
      if (group.inFlight === 0) groups.delete(id);
    }
  };
  const groupOf = (id: string): Group => {
    const known = groups.get(id);
    if (known !== undefined) return known;
    const group: Group = { waiting: [], inFlight: 0 };
    groups.set(id, group);
    return group;
  };
  /** To its place: before everything of its group that was sent later. */
  const makeVisible = (message: Message): void => {
    const group = groupOf(message.group);
    if (message.flight !== null) {
      message.flight = null;
      flying.delete(message);
      group.inFlight -= 1;
    }
    const later = group.waiting.findIndex((other) => other.sequence > message.sequence);
    if (later === -1) group.waiting.push(message);
    else group.waiting.splice(later, 0, message);
    settleGroup(message.group, group);
  };
  const forget = (message: Message): void => {
    all.delete(message.sequence);
    const group = groupOf(message.group);
    if (message.flight !== null) {
      flying.delete(message);
      group.inFlight -= 1;
    } else group.waiting = group.waiting.filter((other) => other !== message);
    settleGroup(message.group, group);
  };
  const add = (message: NewMessage, more: { id?: string; cameFrom?: string } = {}): Message => {
    const added: Message = {
      id: more.id ?? around.nextId(),
      body: message.body,
      md5: createHash('md5').update(message.body).digest('hex'),
      group: message.group,
      deduplicationId: fifo ? message.deduplicationId : null,
      sequence: ++sequence,
      sentAt: world.now(),
      cameFrom: more.cameFrom ?? null,
      receives: 0,
      firstReceivedAt: null,
      flight: null,
    };
    all.set(added.sequence, added);
    history.push({ at: added.sentAt, group: added.group, body: added.body });
    makeVisible(added);
    return added;
  };

  /** Everything that time has brought since somebody last looked. */
  const catchUp = (): void => {
    const now = world.now();
    if (now >= quietUntil) {
      const due = [...flying].filter(({ flight }) => flight !== null && flight.until <= now);
      for (const message of due.sort((a, b) => a.sequence - b.sequence)) makeVisible(message);
      lookForQuiet();
    }
    // AWS deletes what is older, also in flight.
    const oldest = now - settings.retentionSeconds * 1_000;
    for (const message of all.values()) {
      if (message.sentAt > oldest) break;
      world.tell('sqs', `${name} forgets ${message.body}: it has been here for too long`);
      forget(message);
    }
  };
  const lookForQuiet = (): void => {
    quietUntil = Number.POSITIVE_INFINITY;
    for (const { flight } of flying)
      if (flight !== null && flight.until < quietUntil) quietUntil = flight.until;
    ring();
  };
  /** One alarm at a time is set for the queue, not one for each message. */
  const ring = (): void => {
    if (quietUntil >= alarmAt) return;
    const at = quietUntil;
    alarmAt = at;
    world.after(at - world.now(), () => {
      if (alarmAt === at) alarmAt = Number.POSITIVE_INFINITY;
      catchUp();
      ring();
    });
  };
  const fly = (message: Message, until: number): void => {
    if (until < quietUntil) quietUntil = until;
    const now = world.now();
    message.receives += 1;
    message.firstReceivedAt ??= now;
    message.flight = {
      handle: `${name}:${message.sequence}:${message.receives}`,
      until,
      since: now,
    };
    flying.add(message);
  };

  /** Without faults no chance is used up: other models see the same seed with them and without. */
  const goesWrong = (probability: number): boolean =>
    probability > 0 && world.random.chance(probability);

  /** Takes from the group what may be handed out now, in order; what was handed out too often goes away. */
  const takeFrom = (id: string, group: Group, max: number, until: number): Message[] => {
    const taken: Message[] = [];
    const { redrive } = settings;
    while (taken.length < max) {
      const message = group.waiting.shift();
      if (message === undefined) break;
      if (redrive !== undefined && message.receives >= redrive.maxReceiveCount) {
        all.delete(message.sequence);
        world.tell('sqs', `${name} gives up ${message.body} after ${message.receives} receives`);
        around.deadLettersOf(redrive.deadLetterQueue).bury(message, name);
      } else {
        fly(message, until);
        group.inFlight += 1;
        taken.push(message);
      }
    }
    settleGroup(id, group);
    return taken;
  };

  return {
    settings,
    arn: queueArnOf(name),
    fifo,
    createdAt,
    history,
    add,
    /** As a dead letter, which keeps its id; that is also its deduplication id, so that no two of them are one. */
    bury: ({ id, body, group }: Message, from: string): void => {
      catchUp();
      add({ body, group, deduplicationId: id }, { id, cameFrom: from });
    },
    takeAll: (wanted: (message: Message) => boolean): Message[] => {
      catchUp();
      const taken = [...all.values()].filter(wanted);
      for (const message of taken) forget(message);
      return taken;
    },
    messages: (): Message[] => {
      catchUp();
      return [...all.values()];
    },
    receivable: (): boolean => {
      catchUp();
      return ready.size > 0;
    },
    nextVisibleAt: (): number | null => {
      catchUp();
      lookForQuiet();
      return Number.isFinite(quietUntil) ? quietUntil : null;
    },
    send: (message: NewMessage): { message: Message; isNew: boolean } => {
      catchUp();
      // Of a standard queue every message is a group of its own.
      if (!fifo) return { message: add({ ...message, group: `${sequence + 1}` }), isNew: true };
      const now = world.now();
      // The oldest come first, and live equally long.
      for (const [key, { until }] of duplicates) {
        if (until > now) break;
        duplicates.delete(key);
      }
      const scope = settings.deduplicationScope === 'messageGroup' ? `${message.group}\n` : '';
      const key = `${scope}${message.deduplicationId}`;
      const earlier = duplicates.get(key);
      if (earlier !== undefined) return { message: earlier.message, isNew: false };
      const added = add(message);
      duplicates.set(key, { message: added, until: now + deduplicationMs });
      return { message: added, isNew: true };
    },
    receive: (max: number, visibilitySeconds: number): Message[] => {
      catchUp();
      const varied = goesWrong(faults.receiveVaries);
      let room = varied ? world.random.between(1, max) : max;
      const order = varied ? shuffled([...ready], world) : [...ready];
      const until = world.now() + visibilitySeconds * 1_000;
      const taken: Message[] = [];
      for (const [id, group] of order) {
        const some = takeFrom(id, group, Math.min(room, around.groupBatchMax), until);
        taken.push(...some);
        room -= some.length;
        if (room === 0) break;
      }
      ring();
      if (taken.length === 0 || !goesWrong(faults.phantomReceive)) return taken;
      world.tell('sqs', `${taken.length} messages of ${name} are counted as received by nobody`);
      return [];
    },
    receiptOf: (handle: string): Receipt => {
      catchUp();
      const [queue, place, receives] = handle.split(':');
      if (queue !== name || Number.isNaN(Number(place)) || Number.isNaN(Number(receives)))
        return { at: 'unknown' };
      const message = all.get(Number(place));
      if (message === undefined) return { at: 'deleted' };
      return message.flight?.handle === handle ? { at: 'flight', message } : { at: 'expired' };
    },
    delete: (message: Message): void => {
      if (goesWrong(faults.deleteLost)) {
        world.tell('sqs', `${name} loses the deletion of ${message.body}`);
        return;
      }
      forget(message);
      if (!goesWrong(faults.deletedComesBack)) return;
      const ms = world.random.between(0, settings.visibilitySeconds * 1_000);
      world.tell('sqs', `${name} will hand out ${message.body} again, though deleted`);
      world.after(ms, () => {
        message.flight = null;
        all.set(message.sequence, message);
        makeVisible(message);
      });
    },
    changeVisibility: (message: Message, seconds: number): void => {
      if (message.flight === null) throw new Error(`${message.id} is not in flight.`);
      message.flight.until = world.now() + seconds * 1_000;
      lookForQuiet();
      catchUp();
    },
    counts: (): { visible: number; inFlight: number } => {
      catchUp();
      return { visible: all.size - flying.size, inFlight: flying.size };
    },
  };
}

function shuffled<T>(items: T[], world: World): T[] {
  const left = [...items];
  return items.map(() => {
    const [one] = left.splice(world.random.between(0, left.length - 1), 1);
    if (one === undefined) throw new Error('as many as there were');
    return one;
  });
}

/** AWS Lambda guide, "Using Lambda with Amazon SQS", example event of a FIFO queue. */
function recordOf({ arn, fifo }: Queue, message: Message): SQSRecord {
  const { flight } = message;
  if (flight === null) throw new Error(`${message.id} is nobody's.`);
  return {
    messageId: message.id,
    receiptHandle: flight.handle,
    body: message.body,
    attributes: systemAttributes({ fifo }, message),
    messageAttributes: {},
    md5OfBody: message.md5,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: arn.split(':')[3] ?? '',
  };
}
