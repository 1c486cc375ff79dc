// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";

/// @title The end of a dispute: its events, and that nothing is left. Who gets what on every path is in FeeTable.t.sol.
contract CourtFinishTest is CourtTest {
    function setUp() public override {
        super.setUp();
        dispute(1, RIGHT);
        drawAll();
    }

    function test_finish_threeRounds() public {
        judgeAll(RIGHT);
        appealAndDraw(creator);
        judgeAll(WRONG_A);
        appealAndDraw(provider);
        judgeAll(RIGHT);
        finish();
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "provider");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE - 7 * FEE, "creator");
        _assertNothingLeft(25, 0);
    }

    function test_finish_reportsARightProvider() public {
        _vote(RIGHT, RIGHT, WRONG_A);
        passDeadline();
        // the seat that was wrong, then the deal's end, then shares: 6f for two
        _expectSlash(2, 3 * FEE);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Resolved(id, PRICE + 3 * FEE, 0);
        _expectPaid(0, 3 * FEE);
        _expectPaid(1, 3 * FEE);
        vm.expectEmit(address(theCourt));
        emit ICourt.Finished(id, false, 6 * FEE, 2);
        theCourt.finish(deal, result);
    }

    function test_finish_reportsAWrongProvider() public {
        _vote(WRONG_A, RIGHT, WRONG_A);
        passDeadline();
        _expectSlash(1, 3 * FEE);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Resolved(id, 0, PRICE);
        _expectPaid(0, 3 * FEE);
        _expectPaid(2, 3 * FEE);
        vm.expectEmit(address(theCourt));
        emit ICourt.Finished(id, true, 6 * FEE, 2);
        theCourt.finish(deal, result);
    }

    /// @dev A pot of 10f and 1 for 3: what does not divide goes to the first of the right ones.
    function test_finish_givesTheRemainderToTheFirst() public {
        IDealEscrow.Deal memory terms = committeeDeal(2);
        terms.collateral = 10 * FEE + 1;
        submitDeal(terms, WRONG_A);
        challengeDeal();
        drawAll();
        judgeAll(RIGHT);
        passDeadline();
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Resolved(id, 0, PRICE);
        uint256 share = (10 * FEE + 1) / 3;
        _expectPaid(0, 10 * FEE + 1 - 2 * share);
        _expectPaid(1, share);
        _expectPaid(2, share);
        theCourt.finish(deal, result);
    }

    /// @dev Nobody voted: nobody worked. Deposits go back, and what the seats lose is nobody's.
    function test_finish_ofSilenceWithARightProvider() public {
        passDeadline();
        revealCommitment();
        passDeadline();
        for (uint256 i = 0; i < 3; ++i) {
            _expectSlash(i, 3 * FEE);
        }
        vm.expectEmit(address(theCourt));
        emit ICourt.Finished(id, false, 9 * FEE, 0);
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(creator), FUNDS - PRICE, "creator");
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "provider");
        assertEq(escrow.freeOf(NOBODY), 9 * FEE, "nobody");
        _assertNothingLeft(3, 0);
    }

    function test_finish_ofSilenceOfEverybody() public {
        vm.warp(theCourt.disputeOf(id).deadline + REVEAL_WINDOW + 1);
        theCourt.tally(deal);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Resolved(id, 0, PRICE + 3 * FEE);
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(creator), FUNDS + 3 * FEE, "creator");
        assertEq(escrow.freeOf(provider), FUNDS - 3 * FEE, "provider");
        assertEq(escrow.freeOf(NOBODY), 9 * FEE, "nobody");
    }

    /// @dev No pot at all: a round that was never drawn.
    function test_finish_ofAnUndrawnDisputeMovesTheDealOnly() public {
        dispute(2, WRONG_A);
        for (uint256 i = 0; i < 3; ++i) {
            vm.roll(block.number + 4 + 257);
            theCourt.rearm(id);
        }
        vm.roll(block.number + 4 + 257);
        theCourt.tally(deal);
        vm.expectEmit(address(theCourt));
        emit ICourt.Finished(id, false, 0, 0);
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(NOBODY), 0, "nobody");
        _assertNothingLeft(0, 3 * FEE);
    }

    function test_finish_failsBeforeTheAppealWindowIsOver() public {
        judgeAll(RIGHT);
        uint256 appealBy = theCourt.disputeOf(id).deadline;
        vm.warp(appealBy);
        reverts(abi.encodeWithSelector(IDealEscrow.TooEarly.selector, appealBy + 1, appealBy));
        theCourt.finish(deal, result);
        vm.warp(appealBy + 1);
        vm.prank(stranger);
        theCourt.finish(deal, result);
    }

    function test_finish_failsTwice() public {
        judgeAll(RIGHT);
        finish();
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.None));
        theCourt.finish(deal, result);
    }

    function test_finish_failsIfNotJudged() public {
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        theCourt.finish(deal, result);
    }

    /// @dev Nothing is paid for a Result that was not submitted, of this deal or of another.
    function test_finish_failsIfNotTheSubmittedResult() public {
        judgeAll(RIGHT);
        passDeadline();
        IDealEscrow.Result memory other = result;
        other.charge = 0;
        reverts(abi.encodeWithSelector(IDealEscrow.WrongResult.selector, id, hashOf(result), hashOf(other)));
        theCourt.finish(deal, other);
        other = result;
        other.deal = keccak256("another deal");
        reverts(abi.encodeWithSelector(IDealEscrow.WrongResult.selector, id, hashOf(result), hashOf(other)));
        theCourt.finish(deal, other);
        assertPhase(ICourt.Phase.Judged);
    }

    /// @dev Two disputes at once hold the same seats and pay out by themselves.
    function test_finish_leavesOtherDisputesAlone() public {
        judgeAll(RIGHT);
        (IDealEscrow.Deal memory firstDeal, IDealEscrow.Result memory firstResult) = (deal, result);
        dispute(2, RIGHT);
        rollToSeed();
        theCourt.draw(deal);
        uint256 risk = _totalRisk();
        assertEq(risk, 18 * FEE, "two disputes at risk");
        vm.warp(block.timestamp + APPEAL_WINDOW + 1);
        theCourt.finish(firstDeal, firstResult);
        assertEq(_totalRisk(), 9 * FEE, "one left");
        assertTrue(theCourt.disputeOf(id).members == 3, "untouched");
    }

    // ---- helpers

    function _vote(bytes32 a, bytes32 b, bytes32 c) private {
        bytes32[3] memory digests = [a, b, c];
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, digests[i]);
        }
        revealCommitment();
        for (uint256 i = 0; i < 3; ++i) {
            reveal(i, digests[i]);
        }
    }

    function _expectSlash(uint256 member, uint256 amount) private {
        ICourt.Member memory m = theCourt.memberOf(id, member);
        address owner = memberOwner(member);
        vm.expectEmit(address(theCourt));
        emit ICourt.SeatSlashed(id, m.seat, owner, amount);
    }

    function _expectPaid(uint256 member, uint256 amount) private {
        ICourt.Member memory m = theCourt.memberOf(id, member);
        address owner = memberOwner(member);
        vm.expectEmit(address(theCourt));
        emit ICourt.SeatPaid(id, m.seat, owner, amount);
    }

    function _totalRisk() private view returns (uint256 risk) {
        for (uint256 i = 0; i < SEATS; ++i) {
            risk += theCourt.seatAt(i).risk;
        }
    }

    /// @dev No record of the dispute, and in the court's balance what the seats have staked.
    /// @param others what other disputes still hold there
    function _assertNothingLeft(uint256 members, uint256 others) private view {
        assertState(deal, IDealEscrow.State.Closed);
        ICourt.Dispute memory none;
        assertEq(abi.encode(theCourt.disputeOf(id)), abi.encode(none), "dispute");
        (bytes32 seed, bytes32 digest) = theCourt.evidenceOf(id);
        assertTrue(seed == 0 && digest == 0, "evidence");
        for (uint256 i = 0; i < members; ++i) {
            assertStanding(i, ICourt.Standing.None);
        }
        uint256 stakes;
        for (uint256 i = 0; i < SEATS; ++i) {
            stakes += theCourt.seatAt(i).stake;
        }
        assertEq(escrow.freeOf(address(theCourt)), stakes + others, "stakes and nothing else");
    }
}
