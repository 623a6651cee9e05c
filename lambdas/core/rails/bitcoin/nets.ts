/** The networks on which bitcoin is paid (`BITCOIN_NETWORK`), and how their addresses and nodes differ. */

/** `chain`: what a node says of itself (`getblockchaininfo`, Bitcoin Core's src/util/chaintype.cpp). */
type NetSettings = {
  chain: string;
  /** The human-readable part of segwit addresses (BIP-173, src/kernel/chainparams.cpp). */
  hrp: string;
  /** The version bytes of pay to public key hash and of pay to script hash. */
  versions: { keyHash: number; scriptHash: number };
};

const test = { hrp: 'tb', versions: { keyHash: 0x6f, scriptHash: 0xc4 } };

export const nets = {
  main: { chain: 'main', hrp: 'bc', versions: { keyHash: 0x00, scriptHash: 0x05 } },
  testnet: { chain: 'test', ...test },
  testnet4: { chain: 'testnet4', ...test },
  signet: { chain: 'signet', ...test },
  regtest: { chain: 'regtest', ...test, hrp: 'bcrt' },
} as const satisfies Record<string, NetSettings>;

export type Net = keyof typeof nets;
export const isNet = (text: string): text is Net => Object.hasOwn(nets, text);
