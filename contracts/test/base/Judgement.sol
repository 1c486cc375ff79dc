// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";

/// @title What votes come to, as docs/court.md has it, and not by the contract's own library.
library Judgement {
    struct Ballot {
        uint256 round;
        uint256 seat;
        ICourt.Standing standing;
        bytes32 digest; // what it was sealed with
        bool orTimeout;
    }

    bytes32 private constant TIMEOUT = sha256(hex"a1676f7574636f6d656774696d656f7574");

    function sizeOf(uint256 round) internal pure returns (uint256) {
        return [3, 7, 15][round];
    }

    function isOpened(Ballot memory b) internal pure returns (bool) {
        return b.standing == ICourt.Standing.Revealed || b.standing == ICourt.Standing.RevealedOrTimeout;
    }

    function isFor(Ballot memory b, bytes32 digest, bytes32 given) internal pure returns (bool) {
        if (!isOpened(b) || digest == 0) return false;
        bool tolerates = b.orTimeout && given == TIMEOUT;
        return tolerates ? digest == TIMEOUT : digest == b.digest;
    }

    /// @return the digest that more than half of the round's seats opened, or 0
    function majority(Ballot[] memory ballots, uint256 round, bytes32 given) internal pure returns (bytes32) {
        for (uint256 i = 0; i < ballots.length; ++i) {
            // what members may have voted for: what one of them was sealed with, or the provider's timeout
            if (count(ballots, round, ballots[i].digest, given) * 2 > sizeOf(round)) return ballots[i].digest;
        }
        return count(ballots, round, given, given) * 2 > sizeOf(round) ? given : bytes32(0);
    }

    function count(Ballot[] memory ballots, uint256 round, bytes32 digest, bytes32 given)
        internal
        pure
        returns (uint256 votes)
    {
        for (uint256 i = 0; i < ballots.length; ++i) {
            if (ballots[i].round == round && isFor(ballots[i], digest, given)) ++votes;
        }
    }

    function isProviderWrong(Ballot[] memory ballots, uint256 round, bytes32 given) internal pure returns (bool) {
        if (given == 0) return true;
        bytes32 agreed = majority(ballots, round, given);
        return agreed != 0 && agreed != given;
    }

    /// @return agreed what the latest round with a majority agreed on, or 0
    function latestMajority(Ballot[] memory ballots, uint256 rounds, bytes32 given)
        internal
        pure
        returns (bytes32 agreed)
    {
        for (uint256 round = rounds; round != 0 && agreed == 0; --round) {
            agreed = majority(ballots, round - 1, given);
        }
    }
}
