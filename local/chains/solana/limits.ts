/** How many nonce accounts the treasury and the on-ramp have on the local Solana. */
export const nonceAccountsHere = 20;
