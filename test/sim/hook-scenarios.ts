/** What clients do with their webhook endpoints while they are told: delivered once more, rotated, disabled and enabled. */
import type { Cast, Wallet } from './cast.ts';
import type { Client } from './client.ts';
import { type Random, randomOf } from './random.ts';
import type { Scenario } from './scenario.ts';

const second = 1_000;
const minute = 60 * second;

const wanted = { amount: '10.00', ends: ['settled'] };
const settledOf = async (cast: Cast, wallet: Wallet, key: string): Promise<void> => {
  const id = await cast.withdraw(wallet, { ...wanted, key });
  await cast.until(() => cast.stage.stages.get(id) === 'settled');
};

/** One endpoint, as its owner manages it. */
const ownerOf = (client: Client, id: string) => {
  const change = (body: object) => client.call('updateWebhookEndpoint', { path: { id }, body });
  return {
    disable: () => change({ enabled: false }),
    enable: () => change({ enabled: true }),
    rotate: () => client.call('rotateWebhookSecret', { path: { id }, body: {} }),
    /** Answered 409 while the endpoint is disabled. */
    replay: (since: string) => client.call('replayWebhooks', { path: { id }, body: { since } }),
    send: (name: string) =>
      client.call('sendWebhook', {
        body: { event_type: 'own', event_id: name, config_id: id, url_params: { name } },
      }),
    redeliver: async (pick: (ids: readonly string[]) => string) => {
      const list = await client.call('listWebhookDeliveries', { path: { id } });
      const ids = (list.body['data'] as { id: string }[]).map((one) => one.id);
      if (ids.length === 0) return;
      await client.call('redeliverWebhook', { path: { id: pick(ids) }, body: {} });
    },
  };
};
type Owner = ReturnType<typeof ownerOf>;

const now = ({ stage }: Cast): string => new Date(stage.world.now()).toISOString();

/** Asks for the same replay until it is at its end. */
async function replayToEnd(cast: Cast, owner: Owner, since: string): Promise<void> {
  for (;;) {
    const { body } = await owner.replay(since);
    if (body['done'] === body['total']) return;
    await cast.wait(5 * second);
  }
}

/** Something that the owner does, by chance. What is begun is brought to an end by `managed`. */
async function manages(owner: Owner, since: string, random: Random, name: string): Promise<void> {
  const does = random.pick(['redeliver', 'replay', 'rotate', 'disable', 'enable', 'send'] as const);
  switch (does) {
    case 'redeliver':
      return owner.redeliver(random.pick);
    case 'replay':
      return void (await owner.replay(since));
    case 'send':
      return void (await owner.send(name));
    default:
      return void (await owner[does]());
  }
}

const managed = (seed: number): Scenario => ({
  name: `an endpoint that is managed, ${seed}`,
  where: () => false,
  options: { receivers: { ok: 3, serverError: 2, retryAfter: 1, lost: 1 } },
  play: async (cast) => {
    const random = randomOf(seed);
    const wallet = await cast.wallet('alice', 'USDC', '500.00');
    const owner = ownerOf(wallet.client, await cast.endpoint('alice'));
    const since = now(cast);
    cast.begin();
    const orders = ['first', 'second', 'third'].map((key) => settledOf(cast, wallet, key));
    for (let turn = 0; turn < 12; turn += 1) {
      await cast.wait(random.between(0, 20 * second));
      await manages(owner, since, random, `event ${turn}`);
    }
    await Promise.all(orders);
    await owner.enable();
    await replayToEnd(cast, owner, since);
  },
});

export const hookScenarios: readonly Scenario[] = [
  {
    // Its own withdrawals are over by then: what fails is what is asked while they are told once more.
    name: 'replayed',
    where: ({ from, to }) =>
      from === 'webhook-retry' || (from === 'webhook-endpoints' && to === 'dynamodb'),
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      const owner = ownerOf(wallet.client, await cast.endpoint('alice'));
      const since = now(cast);
      await settledOf(cast, wallet, 'first');
      await cast.wait(minute);
      cast.begin();
      await Promise.all([owner.replay(since), owner.replay(since)]);
      await cast.wait(2 * second);
      await owner.send('meanwhile');
      await replayToEnd(cast, owner, since);
      await owner.replay(since);
    },
  },
  {
    name: 'replayed in two steps',
    where: () => false,
    play: async (cast) => {
      const { client } = await cast.wallet('alice', 'USDC');
      const owner = ownerOf(client, await cast.endpoint('alice'));
      const since = now(cast);
      cast.begin();
      await Promise.all(Array.from({ length: 110 }, (_, n) => owner.send(`event ${n}`)));
      await cast.wait(minute);
      await replayToEnd(cast, owner, since);
    },
  },
  {
    // It waits for its next attempts when it is disabled.
    name: 'disabled while it fails',
    where: () => false,
    options: { receivers: { serverError: 1, redirect: 1 } },
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      const owner = ownerOf(wallet.client, await cast.endpoint('alice'));
      cast.begin();
      await settledOf(cast, wallet, 'first');
      await owner.disable();
    },
  },
  ...[1, 2, 3].map(managed),
];
