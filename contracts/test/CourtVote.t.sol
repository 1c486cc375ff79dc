// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";

/// @title The vote window: votes, and seats that decline.
contract CourtVoteTest is CourtTest {
    uint256 private _voteBy;
    /// @dev The first third of the window.
    uint256 private _declineBy;

    function setUp() public override {
        super.setUp();
        dispute(1, RIGHT);
        drawAll();
        _voteBy = theCourt.disputeOf(id).deadline;
        _declineBy = _voteBy - VOTE_WINDOW * 2 / 3;
    }

    // ---- commit

    function test_voteHash_isOfAllThatIsOpened(
        bytes32 ofDeal,
        uint256 round,
        uint256 seat,
        bytes32 digest,
        bool orTimeout,
        bytes32 salt
    ) public view {
        bytes32 expected = keccak256(
            bytes.concat(ofDeal, bytes32(round), bytes32(seat), digest, bytes32(uint256(orTimeout ? 1 : 0)), salt)
        );
        assertEq(theCourt.voteHash(ofDeal, round, seat, digest, orTimeout, salt), expected, "six words");
    }

    function test_commit_keepsTheVoteUntilItIsOpened() public {
        bytes26 vote = voteOf(1, WRONG_A, true);
        address owner = memberOwner(1);
        vm.expectEmit(address(theCourt));
        emit ICourt.Committed(id, 1);
        vm.prank(owner);
        theCourt.commit(id, 1, vote);
        ICourt.Member memory m = theCourt.memberOf(id, 1);
        assertTrue(m.standing == ICourt.Standing.Committed && m.vote == vote, "committed");
        assertTrue(theCourt.disputeOf(id).committed == 1, "counted");
        assertPhase(ICourt.Phase.Voting);
    }

    function test_commit_ofTheLastSeatBeginsTheReveals() public {
        vm.warp(block.timestamp + 100);
        commit(2, RIGHT);
        commit(0, RIGHT);
        commit(1, RIGHT);
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.phase == ICourt.Phase.Revealing && d.committed == 3, "revealing");
        assertEq(d.deadline, block.timestamp + REVEAL_WINDOW, "revealBy");
    }

    function test_commit_failsAfterItsWindow() public {
        vm.warp(_voteBy);
        commit(0, RIGHT);
        vm.warp(_voteBy + 1);
        bytes26 vote = voteOf(1, RIGHT, false);
        address owner = memberOwner(1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, _voteBy, _voteBy + 1));
        vm.prank(owner);
        theCourt.commit(id, 1, vote);
    }

    function test_commit_failsIfNotTheOwner() public {
        uint256 seat = theCourt.memberOf(id, 0).seat;
        address other = memberOwner(1);
        reverts(abi.encodeWithSelector(ICourt.NotSeatOwner.selector, seat, other));
        vm.prank(other);
        theCourt.commit(id, 0, bytes26(uint208(1)));
    }

    function test_commit_failsTwice() public {
        commit(0, RIGHT);
        address owner = memberOwner(0);
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, 0, ICourt.Standing.Committed));
        vm.prank(owner);
        theCourt.commit(id, 0, bytes26(uint208(1)));
    }

    function test_commit_failsIfNotAMember() public {
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, 3, ICourt.Standing.None));
        theCourt.commit(id, 3, bytes26(uint208(1)));
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, type(uint256).max, ICourt.Standing.None));
        theCourt.commit(id, type(uint256).max, bytes26(uint208(1)));
    }

    /// @dev An absent member of the first round cannot speak in the second.
    function test_commit_failsIfOfAnEarlierRound() public {
        address absent = memberOwner(0);
        vm.warp(_voteBy + 1);
        revealCommitment();
        appealAndDraw(creator);
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, 0, ICourt.Standing.Drawn));
        vm.prank(absent);
        theCourt.commit(id, 0, bytes26(uint208(1)));
    }

    function test_commit_failsIfAllCommitted() public {
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, RIGHT);
        }
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Revealing));
        theCourt.commit(id, 0, bytes26(uint208(1)));
    }

    // ---- decline

    function test_decline_costsOneFeeAndBringsAnother() public {
        address owner = memberOwner(1);
        uint256 seat = theCourt.memberOf(id, 1).seat;
        (bytes32 seed,) = theCourt.evidenceOf(id);
        uint256 replacement = _next(seed);
        vm.expectEmit(address(theCourt));
        emit ICourt.SeatSlashed(id, seat, owner, FEE);
        vm.expectEmit(address(theCourt));
        emit ICourt.Declined(id, 1);
        vm.expectEmit(address(theCourt));
        emit ICourt.Drawn(id, ownerOf(replacement), 0, 3, replacement);
        vm.prank(owner);
        theCourt.decline(deal, 1);
        assertStanding(1, ICourt.Standing.Declined);
        assertStanding(3, ICourt.Standing.Drawn);
        ICourt.Seat memory s = theCourt.seatAt(seat);
        assertTrue(s.stake == SEAT_STAKE - FEE && s.risk == 0, "one fee, and free");
        assertEq(theCourt.seatAt(replacement).risk, 3 * FEE, "replacement at risk");
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.seated == 3 && d.members == 4 && d.deadline == _voteBy, "whole again");
    }

    function test_decline_leavesTheReplacementToVote() public {
        decline(0);
        commit(1, RIGHT);
        commit(2, RIGHT);
        assertPhase(ICourt.Phase.Voting);
        vm.warp(_voteBy);
        commit(3, RIGHT);
        assertPhase(ICourt.Phase.Revealing);
    }

    function test_decline_failsAfterTheFirstThird() public {
        vm.warp(_declineBy);
        decline(0);
        vm.warp(_declineBy + 1);
        address owner = memberOwner(1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, _declineBy, _declineBy + 1));
        vm.prank(owner);
        theCourt.decline(deal, 1);
    }

    function test_decline_failsIfNotTheOwner() public {
        uint256 seat = theCourt.memberOf(id, 0).seat;
        reverts(abi.encodeWithSelector(ICourt.NotSeatOwner.selector, seat, address(this)));
        theCourt.decline(deal, 0);
    }

    function test_decline_failsIfCommitted() public {
        commit(0, RIGHT);
        address owner = memberOwner(0);
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, 0, ICourt.Standing.Committed));
        vm.prank(owner);
        theCourt.decline(deal, 0);
    }

    function test_decline_failsTwice() public {
        address owner = memberOwner(0);
        decline(0);
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, 0, ICourt.Standing.Declined));
        vm.prank(owner);
        theCourt.decline(deal, 0);
    }

    /// @dev A round has at most twice its size in members: three may decline, whoever they are.
    function test_decline_failsIfTheRoundHasHadTwiceItsSize() public {
        decline(0);
        decline(3);
        decline(1);
        address owner = memberOwner(2);
        reverts(abi.encodeWithSelector(ICourt.NothingToDraw.selector, id));
        vm.prank(owner);
        theCourt.decline(deal, 2);
        assertTrue(theCourt.disputeOf(id).members == 6, "members");
    }

    function test_decline_failsIfNotVoting() public {
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, RIGHT);
        }
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Revealing));
        theCourt.decline(deal, 0);
    }

    /// @dev Who declined was a member and is not drawn again, in an appeal either; its seat may leave before the dispute is over.
    function test_decline_excludesForTheWholeDispute() public {
        uint256 seat = theCourt.memberOf(id, 0).seat;
        address owner = memberOwner(0);
        decline(0);
        vm.prank(owner);
        theCourt.askExit(seat);
        vm.warp(_voteBy + 1);
        revealCommitment();
        appealAndDraw(creator);
        for (uint256 i = 1; i < theCourt.disputeOf(id).members; ++i) {
            assertTrue(memberOwner(i) != owner, "once");
        }
        vm.warp(block.timestamp + EXIT_DELAY + 1);
        vm.prank(owner);
        theCourt.leaveSeat(seat);
        assertEq(escrow.freeOf(owner), SEAT_STAKE - FEE, "stake but the fee");
    }

    function _next(bytes32 seed) private view returns (uint256) {
        for (uint256 cursor = theCourt.disputeOf(id).cursor;; ++cursor) {
            uint256 seat = uint256(keccak256(abi.encode(seed, id, uint256(0), cursor))) % SEATS;
            if (theCourt.seatAt(seat).risk == 0) return seat;
        }
        revert();
    }
}

/// @title A court of three seats: nobody can replace anybody.
contract CourtWithoutReplacementTest is CourtTest {
    function firstSeats() internal pure override returns (uint256) {
        return 3;
    }

    function test_decline_failsIfNobodyCanReplace() public {
        dispute(1, RIGHT);
        drawAll();
        address owner = memberOwner(0);
        reverts(abi.encodeWithSelector(ICourt.NothingToDraw.selector, id));
        vm.prank(owner);
        theCourt.decline(deal, 0);
        assertStanding(0, ICourt.Standing.Drawn);
        commit(0, RIGHT);
    }

    function test_appeal_failsIfThereAreTooFewSeats() public {
        dispute(1, RIGHT);
        drawAll();
        judgeAll(RIGHT);
        reverts(abi.encodeWithSelector(ICourt.NotEnoughSeats.selector, 3, 10));
        vm.prank(creator);
        theCourt.appeal(deal, 1);
    }
}

/// @title A court of two seats: no dispute can begin.
contract CourtWithoutSeatsTest is CourtTest {
    function firstSeats() internal pure override returns (uint256) {
        return 2;
    }

    function test_challenge_failsIfThereAreTooFewSeats() public {
        submitDeal(committeeDeal(1), RIGHT);
        reverts(abi.encodeWithSelector(ICourt.NotEnoughSeats.selector, 2, 3));
        vm.prank(creator);
        escrow.challenge(deal, result, "");
        assertState(deal, IDealEscrow.State.Submitted);
    }
}
