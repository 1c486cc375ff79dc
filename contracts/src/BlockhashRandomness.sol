// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRandomness} from "./interfaces/IRandomness.sol";

/// @title The hash of a block that did not exist when it was asked for.
/// @notice Whoever proposes that block can drop it and so roll once more, at the price of its reward: enough for seats that
/// are worth less than that. Not a source for chains whose block hashes are chosen by one party, unless that party is trusted.
contract BlockhashRandomness is IRandomness {
    /// @dev Further off than a proposer of today's block can hope to propose again.
    uint256 private constant BLOCKS_AHEAD = 4;

    /// @inheritdoc IRandomness
    function request() external view returns (uint256) {
        return block.number + BLOCKS_AHEAD;
    }

    /// @inheritdoc IRandomness
    function seedOf(uint256 ticket) external view returns (Status, bytes32) {
        if (block.number <= ticket) return (Status.Pending, 0);
        bytes32 seed = blockhash(ticket); // of the last 256 blocks, else 0
        return seed == 0 ? (Status.Missed, seed) : (Status.Ready, seed);
    }
}
