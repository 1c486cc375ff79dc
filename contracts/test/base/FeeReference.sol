// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Who gets what, computed from counts and by difference: what is locked, less what everybody but the right seats gets.
/// @dev Written apart from Verdict and Payouts, which add up over members. Amounts are in token units.
library FeeReference {
    /// @dev Digests are numbered; NONE stands for no digest.
    uint256 internal constant DIGESTS = 4;
    uint256 internal constant NONE = type(uint256).max;

    /// @dev One round: how many seats opened each digest, opened none, declined. Declined ones were replaced.
    struct Round {
        uint256[4] votes;
        uint256 silent;
        uint256 declined;
    }

    struct Terms {
        uint256 price;
        uint256 charge;
        uint256 collateral;
        uint256 fee;
    }

    struct Outcome {
        bool wrong;
        uint256 digest; // the final one, or NONE
        bool decided; // whether other digests are wrong
        bool honest; // whether the last round agreed on a digest
        uint256 paidSeats;
        uint256 pot;
        uint256 toCreator; // of the deal and its deposit
        uint256 toProvider;
        bool[] refunded; // of each appeal, whether its payer has it back
    }

    /// @param given the digest that the provider's commitment opened to, or NONE
    function outcomeOf(Round[] memory rounds, uint256 given, Terms memory t) internal pure returns (Outcome memory o) {
        uint256 last = rounds.length - 1;
        bool[] memory wrongs = new bool[](rounds.length);
        uint256 latest = NONE;
        for (uint256 i = 0; i < rounds.length; ++i) {
            uint256 majority = majorityOf(rounds[i]);
            wrongs[i] = given == NONE || (majority != NONE && majority != given);
            if (majority != NONE) latest = majority;
            if (i == last) o.honest = majority != NONE;
        }
        o.wrong = wrongs[last];
        o.digest = o.wrong ? latest : given;
        o.decided = o.digest != NONE && o.digest == latest;
        o.paidSeats = countOf(rounds, o.digest);
        bool anyVote = seatsOf(rounds) != silentOf(rounds);
        if (o.paidSeats == 0) o.paidSeats = seatsOf(rounds) - silentOf(rounds);

        // what the deal's parties get back of price, collateral and the challenge
        uint256 challenge = 3 * t.fee;
        if (!o.wrong) o.toProvider = t.charge + t.collateral;
        o.toCreator = o.wrong ? t.price + challenge : t.price - t.charge;
        if (!anyVote) o.toCreator = o.wrong ? t.price + t.collateral + challenge : o.toCreator + challenge;

        o.pot = t.price + t.collateral + challenge - o.toCreator - o.toProvider;
        o.refunded = new bool[](last);
        for (uint256 i = 0; i < last; ++i) {
            // paid for whoever had lost round i, that is for the creator if the provider was right
            bool forCreator = !wrongs[i];
            o.refunded[i] = !anyVote || forCreator == o.wrong;
            if (!o.refunded[i]) o.pot += (8 * (i + 1) - 1) * t.fee; // 7 and 15
        }
        uint256 losers = silentOf(rounds);
        if (o.decided) losers = seatsOf(rounds) - countOf(rounds, o.digest);
        o.pot += 3 * losers * t.fee + declinedOf(rounds) * t.fee;
    }

    function majorityOf(Round memory r) internal pure returns (uint256) {
        uint256 size = r.silent;
        for (uint256 d = 0; d < DIGESTS; ++d) {
            size += r.votes[d];
        }
        for (uint256 d = 0; d < DIGESTS; ++d) {
            if (2 * r.votes[d] > size) return d;
        }
        return NONE;
    }

    function countOf(Round[] memory rounds, uint256 digest) internal pure returns (uint256 count) {
        for (uint256 i = 0; digest != NONE && i < rounds.length; ++i) {
            count += rounds[i].votes[digest];
        }
    }

    function silentOf(Round[] memory rounds) internal pure returns (uint256 count) {
        for (uint256 i = 0; i < rounds.length; ++i) {
            count += rounds[i].silent;
        }
    }

    function declinedOf(Round[] memory rounds) internal pure returns (uint256 count) {
        for (uint256 i = 0; i < rounds.length; ++i) {
            count += rounds[i].declined;
        }
    }

    /// @dev Of all rounds, 3, 7 and 15 each.
    function seatsOf(Round[] memory rounds) internal pure returns (uint256) {
        return rounds.length == 1 ? 3 : rounds.length == 2 ? 10 : 25;
    }
}
