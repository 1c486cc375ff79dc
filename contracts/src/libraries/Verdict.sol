// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../interfaces/ICourt.sol";

/// @title What votes come to. Pure.
library Verdict {
    /// @dev sha2-256 of the dag-cbor map {outcome: "timeout"}: the digest of every run that its time limit ended.
    bytes32 internal constant TIMEOUT = 0x299bf0251f18e8e16ad2d517222670c47fef5807980f4bc8ab74cc04b85624db;

    /// @notice Seats of a round: 3, 7, 15.
    function sizeOf(uint256 round) internal pure returns (uint256) {
        return (4 << round) - 1;
    }

    /// @notice What a member voted for; 0 when it opened no vote.
    /// @param given the provider's digest, 0 while unrevealed: a member whose run took long accepts its timeout
    function voteOf(ICourt.Member memory member, bytes26 given) internal pure returns (bytes26) {
        if (member.standing == ICourt.Standing.Revealed) return member.vote;
        if (member.standing != ICourt.Standing.RevealedOrTimeout) return 0;
        return given == bytes26(TIMEOUT) ? given : member.vote;
    }

    /// @notice The digest that more than half of a round's seats (not only of those that voted) opened, else 0.
    function majorityOf(ICourt.Member[] memory members, uint256 round, bytes26 given) internal pure returns (bytes26) {
        uint256 needed = sizeOf(round) / 2 + 1;
        for (uint256 i = 0; i < members.length; ++i) {
            bytes26 vote = members[i].round == round ? voteOf(members[i], given) : bytes26(0);
            if (vote == 0) continue;
            uint256 votes = 1;
            for (uint256 j = i + 1; j < members.length; ++j) {
                if (members[j].round == round && voteOf(members[j], given) == vote) ++votes;
            }
            if (votes >= needed) return vote;
        }
        return 0;
    }

    /// @notice The provider is wrong if it did not open its commitment, or if a majority agrees on another digest.
    function isProviderWrong(bytes26 majority, bytes26 given) internal pure returns (bool) {
        return given == 0 || (majority != 0 && majority != given);
    }

    /// @notice What the right seats voted for, by the last verdict.
    /// @return digest the provider's if it is right, else what the latest majority agreed on; 0: there is none
    /// @return decided whether a majority stands behind it, so that other votes are wrong and not merely different
    function finalDigest(ICourt.Member[] memory members, uint256 round, bytes26 given, bool providerWrong)
        internal
        pure
        returns (bytes26 digest, bool decided)
    {
        bytes26 majority = majorityOf(members, round, given);
        while (majority == 0 && round != 0) {
            majority = majorityOf(members, --round, given);
        }
        digest = providerWrong ? majority : given;
        decided = digest != 0 && digest == majority;
    }

    /// @notice Who shares the pot: the members that voted for `digest`, or, with none, all that opened a vote.
    function beneficiaries(ICourt.Member[] memory members, bytes26 digest, bytes26 given)
        internal
        pure
        returns (bool[] memory paid, uint256 count)
    {
        paid = new bool[](members.length);
        for (uint256 pass = 0; pass < 2 && count == 0; ++pass) {
            for (uint256 i = 0; i < members.length; ++i) {
                bytes26 vote = voteOf(members[i], given);
                if (vote == 0 || (pass == 0 && vote != digest)) continue;
                paid[i] = true;
                ++count;
            }
        }
    }
}
