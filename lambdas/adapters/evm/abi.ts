/**
 * The parts of Circle's FiatTokenV2_2 that a payout uses. They are written out because viem's
 * parser of human-readable signatures would make every function that reads a chain 13 KB larger.
 */

/** What is signed and what is called have the same fields (EIP-3009, "Specification"). */
const authorizationFields = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const;
const cancellationFields = [
  { name: 'authorizer', type: 'address' },
  { name: 'nonce', type: 'bytes32' },
] as const;
/** The signature under any of them. */
const signatureFields = [
  { name: 'v', type: 'uint8' },
  { name: 'r', type: 'bytes32' },
  { name: 's', type: 'bytes32' },
] as const;

export const usdcAbi = [
  view('name', [], 'string'),
  view('version', [], 'string'),
  view('decimals', [], 'uint8'),
  view('DOMAIN_SEPARATOR', [], 'bytes32'),
  view('balanceOf', [{ name: 'account', type: 'address' }], 'uint256'),
  view(
    'authorizationState',
    [
      { name: 'authorizer', type: 'address' },
      { name: 'nonce', type: 'bytes32' },
    ],
    'bool',
  ),
  {
    type: 'function',
    name: 'transfer',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
    ],
    outputs: [{ name: '', type: 'bool' }],
  },
  {
    type: 'function',
    name: 'transferWithAuthorization',
    stateMutability: 'nonpayable',
    inputs: [...authorizationFields, ...signatureFields],
    outputs: [],
  },
  {
    type: 'event',
    name: 'Transfer',
    inputs: [
      { name: 'from', type: 'address', indexed: true },
      { name: 'to', type: 'address', indexed: true },
      { name: 'value', type: 'uint256', indexed: false },
    ],
  },
  nonceEvent('AuthorizationUsed'),
  nonceEvent('AuthorizationCanceled'),
] as const;

function view<
  const Name extends string,
  const Inputs extends readonly { name: string; type: string }[],
  const Output extends string,
>(name: Name, inputs: Inputs, output: Output) {
  const outputs = [{ name: '', type: output }] as const;
  return { type: 'function', stateMutability: 'view', name, inputs, outputs } as const;
}

function nonceEvent<const Name extends string>(name: Name) {
  const inputs = [
    { name: 'authorizer', type: 'address', indexed: true },
    { name: 'nonce', type: 'bytes32', indexed: true },
  ] as const;
  return { type: 'event', name, inputs } as const;
}

/** By itself, for who only reads a chain needs nothing of it. */
export const cancellationAbi = [
  {
    type: 'function',
    name: 'cancelAuthorization',
    stateMutability: 'nonpayable',
    inputs: [...cancellationFields, ...signatureFields],
    outputs: [],
  },
] as const;

/** The payout contract (contracts/Payouts.sol), for who signs its calls. */
export const payoutsAbi = [
  {
    type: 'function',
    name: 'pay',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'token', type: 'address' },
      { name: 'from', type: 'address' },
      {
        name: 'all',
        type: 'tuple[]',
        components: [
          { name: 'to', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'validBefore', type: 'uint256' },
          { name: 'nonce', type: 'bytes32' },
          ...signatureFields,
        ],
      },
    ],
    outputs: [],
  },
] as const;
/** The hash of the code that stands on chain; a test compiles the contract and compares. */
export const payoutsCodeHash = '0x23e2540192304ae045c3ddec627bc4484cc40a6eb9892a95b3c538bf31cb1ea8';
