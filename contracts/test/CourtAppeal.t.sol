// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";

/// @title Larger rounds, who pays for them, and what becomes of one that cannot be drawn.
contract CourtAppealTest is CourtTest {
    address private _lender = address(0x1E4D);

    function setUp() public override {
        super.setUp();
        escrow.deposit(_lender, 22 * FEE);
        dispute(1, RIGHT);
        drawAll();
    }

    function test_appeal_beginsALargerRound() public {
        judgeAll(RIGHT);
        vm.warp(block.timestamp + 100);
        vm.expectEmit(address(theCourt));
        emit ICourt.Appealed(id, 1, _lender, true, 7 * FEE);
        vm.expectEmit(address(theCourt));
        emit ICourt.Armed(id, 1, block.number + 4);
        vm.prank(_lender);
        theCourt.appeal(deal, 1);
        assertEq(escrow.freeOf(_lender), 15 * FEE, "deposit");
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.phase == ICourt.Phase.Drawing && d.round == 1 && d.deadline == 0, "drawing");
        assertTrue(d.first == 3 && d.members == 3 && d.seated == 0, "members");
        assertTrue(d.committed == 0 && d.revealed == 0 && d.cursor == 0 && !d.seeded, "as at first");
        assertEq(d.roundAt, block.timestamp, "roundAt");
        assertEq(d.challengedAt, block.timestamp - 100, "challengedAt");
    }

    function test_appeal_ofAWrongProviderIsForTheProvider() public {
        judgeAll(WRONG_A);
        vm.expectEmit(address(theCourt));
        emit ICourt.Appealed(id, 1, provider, false, 7 * FEE);
        vm.prank(provider);
        theCourt.appeal(deal, 1);
        drawAll();
        judgeAll(RIGHT);
        vm.expectEmit(address(theCourt));
        emit ICourt.Appealed(id, 2, _lender, true, 15 * FEE);
        vm.prank(_lender);
        theCourt.appeal(deal, 2);
    }

    /// @dev A transaction that was stuck for a whole round would speak for the other side.
    function test_appeal_failsForAnotherRoundThanTheNext() public {
        judgeAll(RIGHT);
        for (uint256 opens = 0; opens < 4; ++opens) {
            if (opens == 1) continue;
            reverts(abi.encodeWithSelector(ICourt.WrongRound.selector, id, 1));
            vm.prank(creator);
            theCourt.appeal(deal, opens);
        }
    }

    function test_appeal_failsAfterItsWindow() public {
        judgeAll(RIGHT);
        uint256 appealBy = theCourt.disputeOf(id).deadline;
        vm.warp(appealBy + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, appealBy, appealBy + 1));
        theCourt.appeal(deal, 1);
        vm.warp(appealBy);
        vm.prank(creator);
        theCourt.appeal(deal, 1);
    }

    function test_appeal_failsWithoutItsDeposit() public {
        judgeAll(RIGHT);
        escrow.deposit(stranger, 7 * FEE - 1);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, stranger, 7 * FEE - 1, 7 * FEE));
        vm.prank(stranger);
        theCourt.appeal(deal, 1);
        assertPhase(ICourt.Phase.Judged);
    }

    function test_appeal_failsAfterTheLastRound() public {
        judgeAll(RIGHT);
        appealAndDraw(creator);
        judgeAll(RIGHT);
        appealAndDraw(creator);
        judgeAll(RIGHT);
        assertEq(theCourt.disputeOf(id).deadline, 0, "nothing to wait for");
        reverts(abi.encodeWithSelector(ICourt.LastRound.selector, id));
        vm.prank(creator);
        theCourt.appeal(deal, 1);
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 25 * FEE, "all deposits lost");
    }

    function test_appeal_failsIfNotJudged() public {
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        theCourt.appeal(deal, 1);
    }

    /// @dev Majorities are of the seats of the round: 3 of 7 change nothing, 4 do.
    function test_appeal_needsAMajorityOfItsOwnRound() public {
        judgeAll(RIGHT);
        appealAndDraw(creator);
        uint256 before = vm.snapshotState();
        for (uint256 votes = 3; votes <= 4; ++votes) {
            for (uint256 i = 0; i < votes; ++i) {
                commit(3 + i, WRONG_A);
            }
            passDeadline();
            for (uint256 i = 0; i < votes; ++i) {
                reveal(3 + i, WRONG_A);
            }
            assertPhase(ICourt.Phase.Judged);
            assertTrue(theCourt.disputeOf(id).providerWrong == (votes == 4), "majority of 7");
            vm.revertToState(before);
        }
    }

    /// @dev With the commitment open since the first round there is something to wait for as long as a vote is not.
    function test_appeal_isJudgedByItsLastReveal() public {
        judgeAll(RIGHT);
        appealAndDraw(creator);
        for (uint256 i = 3; i < 10; ++i) {
            commit(i, RIGHT);
        }
        for (uint256 i = 3; i < 9; ++i) {
            reveal(i, RIGHT);
            assertPhase(ICourt.Phase.Revealing);
        }
        reveal(9, RIGHT);
        assertPhase(ICourt.Phase.Judged);
    }

    /// @dev Nobody comes to the second round: both windows pass, and the provider is right.
    function test_appeal_ofSilence() public {
        judgeAll(WRONG_A);
        appealAndDraw(provider);
        passDeadline();
        reverts(abi.encodeWithSelector(ICourt.WrongReveal.selector, id));
        theCourt.revealCommitment(result, RIGHT, SALT);
        vm.warp(theCourt.disputeOf(id).deadline + REVEAL_WINDOW + 1);
        theCourt.tally(deal);
        assertTrue(!theCourt.disputeOf(id).providerWrong, "no majority against it");
    }

    // ---- rounds that cannot be drawn

    function test_appeal_undrawnLeavesTheProviderRight() public {
        judgeAll(RIGHT);
        _dropAppeal(7 * FEE);
        assertTrue(!theCourt.disputeOf(id).providerWrong, "as before");
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "provider");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE, "creator");
        assertEq(escrow.freeOf(_lender), 22 * FEE, "lender");
    }

    function test_appeal_undrawnLeavesTheProviderWrong() public {
        judgeAll(WRONG_A);
        _dropAppeal(7 * FEE);
        assertTrue(theCourt.disputeOf(id).providerWrong, "as before");
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(provider), FUNDS - 3 * FEE, "provider");
        assertEq(escrow.freeOf(creator), FUNDS, "creator");
        assertEq(escrow.freeOf(_lender), 22 * FEE, "lender");
    }

    /// @dev The deposit of the second round was spent and stays lost; only that of the third, which never was, goes back.
    function test_appeal_undrawnThirdRound() public {
        judgeAll(RIGHT);
        appealAndDraw(creator);
        judgeAll(RIGHT);
        _dropAppeal(15 * FEE);
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 10 * FEE, "creator");
        assertEq(escrow.freeOf(_lender), 22 * FEE, "lender");
    }

    /// @dev Seats that were drawn in a round that never took place lose nothing, whatever is said later.
    function test_appeal_undrawnExcusesItsSeats() public {
        judgeAll(RIGHT);
        // all that were not drawn leave but two
        uint256 staying;
        vm.warp(block.timestamp + 1);
        for (uint256 i = 0; i < SEATS; ++i) {
            if (theCourt.seatAt(i).risk != 0 || ++staying <= 2) continue;
            vm.prank(ownerOf(i));
            theCourt.askExit(i);
        }
        vm.warp(block.timestamp + 1);
        vm.prank(_lender);
        theCourt.appeal(deal, 1);
        rollToSeed();
        for (uint256 i = 0; i < 20; ++i) {
            theCourt.draw(deal);
        }
        assertEq(theCourt.disputeOf(id).seated, 2, "two of seven");
        theCourt.tally(deal);
        for (uint256 i = 3; i < 5; ++i) {
            assertStanding(i, ICourt.Standing.Excused);
            ICourt.Seat memory seat = theCourt.seatAt(theCourt.memberOf(id, i).seat);
            assertTrue(seat.risk == 0 && seat.stake == SEAT_STAKE, "free");
        }
        address[2] memory excused = [memberOwner(3), memberOwner(4)];
        theCourt.finish(deal, result);
        assertTrue(escrow.freeOf(excused[0]) == 0 && escrow.freeOf(excused[1]) == 0, "and gain nothing");
        assertEq(escrow.freeOf(_lender), 22 * FEE, "lender");
    }

    /// @dev Appealed by the lender, and no block of the lot caught.
    function _dropAppeal(uint256 deposit) private {
        uint256 next = theCourt.disputeOf(id).round + 1;
        vm.prank(_lender);
        theCourt.appeal(deal, next);
        assertEq(escrow.freeOf(_lender), 22 * FEE - deposit, "deposit");
        uint256 round = theCourt.disputeOf(id).round;
        for (uint256 i = 0; i < 3; ++i) {
            vm.roll(block.number + 4 + 257);
            theCourt.rearm(id);
        }
        vm.roll(block.number + 4 + 257);
        vm.expectEmit(address(theCourt));
        emit ICourt.Undrawn(id, round);
        theCourt.tally(deal);
        assertEq(escrow.freeOf(_lender), 22 * FEE, "deposit back");
        reverts(abi.encodeWithSelector(ICourt.LastRound.selector, id));
        theCourt.appeal(deal, 1);
    }
}
