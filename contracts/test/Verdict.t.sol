// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {Verdict} from "../src/libraries/Verdict.sol";
import {Test} from "./base/Test.sol";

/// @title What votes come to. Members are written as text: one character each, rounds apart by a bar.
/// @dev R, A, B: opened that digest; r, a: the same, or a timeout; T: opened the digest of a timeout; '-': drawn and silent;
/// c: committed and not opened; d: declined; e: excused.
contract VerdictTest is Test {
    bytes26 private constant RIGHT = bytes26(keccak256("right"));
    bytes26 private constant WRONG_A = bytes26(keccak256("wrong a"));
    bytes26 private constant WRONG_B = bytes26(keccak256("wrong b"));
    bytes26 private constant TIMEOUT = bytes26(sha256(hex"a1676f7574636f6d656774696d656f7574"));
    bytes26 private constant NONE = 0;

    function test_sizeOf() public pure {
        assertEq(Verdict.sizeOf(0), 3, "first");
        assertEq(Verdict.sizeOf(1), 7, "second");
        assertEq(Verdict.sizeOf(2), 15, "third");
    }

    function test_timeout_isTheDigestOfItsOutcome() public pure {
        // dag-cbor: a map of one, text of 7 "outcome", text of 7 "timeout"
        assertEq(Verdict.TIMEOUT, sha256(abi.encodePacked(hex"a167", "outcome", hex"67", "timeout")), "digest");
    }

    function test_voteOf_isWhatWasOpened() public pure {
        assertEq(_voteOf("R", RIGHT), RIGHT, "opened");
        assertEq(_voteOf("R", TIMEOUT), RIGHT, "without the timeout");
        assertEq(_voteOf("a", RIGHT), WRONG_A, "the timeout is not claimed");
        assertEq(_voteOf("a", NONE), WRONG_A, "nothing is claimed");
        assertEq(_voteOf("a", TIMEOUT), TIMEOUT, "the timeout is claimed");
        bytes memory silent = "-cde";
        for (uint256 i = 0; i < silent.length; ++i) {
            assertEq(_voteOf(string(abi.encodePacked(silent[i])), RIGHT), NONE, "no vote");
        }
    }

    function test_majorityOf_isMoreThanHalfOfTheSeats() public pure {
        _majority("RRR", 0, RIGHT);
        _majority("RR-", 0, RIGHT);
        _majority("-RR", 0, RIGHT);
        _majority("ARA", 0, WRONG_A);
        _majority("R--", 0, NONE); // all that voted, and yet no majority
        _majority("RAB", 0, NONE);
        _majority("Rcd", 0, NONE);
        _majority("---", 0, NONE);
        _majority("", 0, NONE);
        _majority("|RRR-AAA", 1, NONE);
        _majority("|RRRR---", 1, RIGHT);
        _majority("||RRRRRRRAAAAAAAB", 2, NONE);
        _majority("||RRRRRRRRAAAAAAA", 2, RIGHT);
    }

    function test_majorityOf_countsOneRound() public pure {
        _majority("RRR|AAAARRR", 0, RIGHT);
        _majority("RRR|AAAARRR", 1, WRONG_A);
        _majority("RRR|AAA", 1, NONE);
        _majority("RRR", 1, NONE);
    }

    function test_majorityOf_countsReplacements() public pure {
        _majority("RdAR", 0, RIGHT);
        _majority("dddRRR", 0, RIGHT);
    }

    function test_majorityOf_takesATimeoutWhereItIsClaimed() public pure {
        ICourt.Member[] memory members = _members("rTA");
        assertEq(Verdict.majorityOf(members, 0, TIMEOUT), TIMEOUT, "claimed");
        assertEq(Verdict.majorityOf(members, 0, RIGHT), NONE, "not claimed");
        members = _members("rRA");
        assertEq(Verdict.majorityOf(members, 0, TIMEOUT), NONE, "two answers");
        assertEq(Verdict.majorityOf(members, 0, RIGHT), RIGHT, "one answer");
    }

    function test_isProviderWrong() public pure {
        assertTrue(!Verdict.isProviderWrong(RIGHT, RIGHT), "majority for it");
        assertTrue(!Verdict.isProviderWrong(NONE, RIGHT), "no majority");
        assertTrue(Verdict.isProviderWrong(WRONG_A, RIGHT), "majority against it");
        assertTrue(Verdict.isProviderWrong(NONE, NONE), "not opened");
        assertTrue(Verdict.isProviderWrong(RIGHT, NONE), "not opened, whatever the seats say");
    }

    function test_finalDigest_ofARightProviderIsItsOwn() public pure {
        _final("RRR", 0, RIGHT, false, RIGHT, true);
        _final("R--", 0, RIGHT, false, RIGHT, false); // no majority: other votes are different, not wrong
        _final("---", 0, RIGHT, false, RIGHT, false);
        _final("AAA|RRRR", 1, RIGHT, false, RIGHT, true);
        _final("RRR|RABAB--", 1, RIGHT, false, RIGHT, true); // of the round before
        _final("AAA|RABAB--", 1, RIGHT, false, RIGHT, false); // the only majority said otherwise
    }

    function test_finalDigest_ofAWrongProviderIsTheLatestMajority() public pure {
        _final("AAR", 0, RIGHT, true, WRONG_A, true);
        _final("AAA|BBBB", 1, RIGHT, true, WRONG_B, true);
        _final("AAA|ee", 1, RIGHT, true, WRONG_A, true); // the second round was dropped
        _final("AAR|BBBB|", 2, RIGHT, true, WRONG_B, true); // and the third
        _final("AAB", 0, NONE, true, WRONG_A, true);
        _final("RAB", 0, NONE, true, NONE, false);
    }

    function test_beneficiaries_areThoseThatWereRight() public pure {
        _paid("RRA", RIGHT, RIGHT, "++.");
        _paid("AAR|RRRR--B", RIGHT, RIGHT, "..+|++++...");
        _paid("rTA", TIMEOUT, TIMEOUT, "++.");
        _paid("dRcR-e", RIGHT, RIGHT, ".+.+..");
    }

    function test_beneficiaries_areAllThatVotedIfNobodyWasRight() public pure {
        _paid("AB-", RIGHT, RIGHT, "++.");
        _paid("RAB", NONE, NONE, "+++");
        _paid("AdcB|ee", RIGHT, RIGHT, "+..+|..");
    }

    function test_beneficiaries_areNobodyIfNobodyVoted() public pure {
        _paid("-c-", RIGHT, RIGHT, "...");
        _paid("", RIGHT, RIGHT, "");
    }

    // ---- notation

    function _members(string memory text) private pure returns (ICourt.Member[] memory members) {
        bytes memory marks = bytes(text);
        members = new ICourt.Member[](_count(marks));
        uint256 found;
        uint8 round;
        for (uint256 i = 0; i < marks.length; ++i) {
            if (marks[i] == "|") ++round;
            else members[found++] = _member(marks[i], round);
        }
    }

    function _count(bytes memory marks) private pure returns (uint256 count) {
        for (uint256 i = 0; i < marks.length; ++i) {
            if (marks[i] != "|") ++count;
        }
    }

    function _member(bytes1 mark, uint8 round) private pure returns (ICourt.Member memory m) {
        m.round = round;
        m.vote = bytes26(keccak256("of a vote that is not open"));
        m.standing = ICourt.Standing.Revealed;
        if (mark == "R" || mark == "r") m.vote = RIGHT;
        if (mark == "A" || mark == "a") m.vote = WRONG_A;
        if (mark == "B") m.vote = WRONG_B;
        if (mark == "T") m.vote = TIMEOUT;
        if (mark == "r" || mark == "a") m.standing = ICourt.Standing.RevealedOrTimeout;
        if (mark == "c") m.standing = ICourt.Standing.Committed;
        if (mark == "-") (m.standing, m.vote) = (ICourt.Standing.Drawn, NONE);
        if (mark == "d") (m.standing, m.vote) = (ICourt.Standing.Declined, NONE);
        if (mark == "e") (m.standing, m.vote) = (ICourt.Standing.Excused, NONE);
    }

    function _voteOf(string memory mark, bytes26 given) private pure returns (bytes26) {
        return Verdict.voteOf(_members(mark)[0], given);
    }

    function _majority(string memory text, uint256 round, bytes26 expected) private pure {
        assertEq(Verdict.majorityOf(_members(text), round, RIGHT), expected, text);
    }

    function _final(string memory text, uint256 round, bytes26 given, bool wrong, bytes26 expected, bool isDecided)
        private
        pure
    {
        (bytes26 digest, bool decided) = Verdict.finalDigest(_members(text), round, given, wrong);
        assertEq(digest, expected, text);
        assertTrue(decided == isDecided, text);
    }

    function _paid(string memory text, bytes26 digest, bytes26 given, bytes memory expected) private pure {
        (bool[] memory paid, uint256 count) = Verdict.beneficiaries(_members(text), digest, given);
        uint256 found;
        for (uint256 i = 0; i < expected.length; ++i) {
            if (expected[i] == "|") continue;
            assertTrue(paid[found++] == (expected[i] == "+"), text);
            if (expected[i] == "+") --count;
        }
        assertTrue(count == 0 && found == paid.length, text);
    }
}
