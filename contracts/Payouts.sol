// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The one function of USDC that is called (Circle's FiatTokenV2_2, EIP-3009).
interface IToken {
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}

/**
 * Hands many signed EIP-3009 authorizations of one payer to a token in one transaction, and tries each of them. It keeps
 * nothing, owns nothing and may do nothing: anybody may call it, and anybody may hand the same authorizations to the token
 * without it. That none of them pays twice is the token's own rule.
 *
 * One that the token refuses is named by `Skipped` and stays as good as it was. That proves nothing about it: it may have been
 * used before, and it may be used later.
 */
contract Payouts {
    struct Authorization {
        address to;
        uint256 value;
        uint256 validBefore;
        bytes32 nonce;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// A call is given 63/64 of the gas that is left (EIP-150). With less than this a good payment could run out of gas and be
    /// skipped, so then the whole transaction reverts. USDC uses 60,000 to 80,000 of it.
    uint256 private constant GAS_FLOOR = 130_000;

    event Skipped(bytes32 indexed nonce, bytes reason);

    function pay(IToken token, address from, Authorization[] calldata all) external {
        for (uint256 i; i < all.length; ++i) {
            Authorization calldata one = all[i];
            require(gasleft() >= GAS_FLOOR, "Payouts: too little gas");
            try
                token.transferWithAuthorization(
                    from,
                    one.to,
                    one.value,
                    0,
                    one.validBefore,
                    one.nonce,
                    one.v,
                    one.r,
                    one.s
                )
            {} catch (bytes memory reason) {
                emit Skipped(one.nonce, reason);
            }
        }
    }
}
