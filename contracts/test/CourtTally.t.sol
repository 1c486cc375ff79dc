// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";

/// @title Verdicts by the clock. What votes come to is in Verdict.t.sol, dropped rounds are in CourtDraw and CourtAppeal.
contract CourtTallyTest is CourtTest {
    function setUp() public override {
        super.setUp();
        dispute(1, RIGHT);
        drawAll();
    }

    function test_tally_failsBeforeTheRevealsAreOver() public {
        commit(0, WRONG_A);
        commit(1, WRONG_A);
        commit(2, WRONG_A);
        reveal(0, WRONG_A);
        reveal(1, WRONG_A);
        revealCommitment();
        uint256 revealBy = theCourt.disputeOf(id).deadline;
        vm.warp(revealBy);
        reverts(abi.encodeWithSelector(IDealEscrow.TooEarly.selector, revealBy + 1, revealBy));
        theCourt.tally(deal);
        vm.warp(revealBy + 1);
        vm.expectEmit(address(theCourt));
        emit ICourt.Judged(id, 0, true, block.timestamp + APPEAL_WINDOW);
        theCourt.tally(deal);
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.phase == ICourt.Phase.Judged && d.providerWrong, "provider wrong");
        assertEq(d.deadline, block.timestamp + APPEAL_WINDOW, "appealBy");
    }

    /// @dev Nobody votes, nobody reveals: two windows later anybody ends it.
    function test_tally_endsTheVotingByItself() public {
        uint256 voteBy = theCourt.disputeOf(id).deadline;
        vm.warp(voteBy);
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        theCourt.tally(deal);
        uint256 revealBy = voteBy + REVEAL_WINDOW;
        vm.warp(voteBy + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooEarly.selector, revealBy + 1, voteBy + 1));
        theCourt.tally(deal);
        vm.warp(revealBy);
        reverts(abi.encodeWithSelector(IDealEscrow.TooEarly.selector, revealBy + 1, revealBy));
        theCourt.tally(deal);
        vm.warp(revealBy + 1);
        theCourt.tally(deal);
        assertPhase(ICourt.Phase.Judged);
    }

    /// @dev Silence of all seats leaves the provider right, its own silence makes it wrong.
    function test_tally_ofSilence() public {
        passDeadline();
        uint256 id1 = vm.snapshotState();
        vm.warp(block.timestamp + REVEAL_WINDOW);
        theCourt.tally(deal);
        assertTrue(theCourt.disputeOf(id).providerWrong, "commitment not opened");
        vm.revertToState(id1);
        revealCommitment();
        assertTrue(!theCourt.disputeOf(id).providerWrong, "opened, and nobody against it");
    }

    /// @dev Opened in an appeal it would win it, and ten right seats would share three fees.
    function test_tally_isFinalIfTheCommitmentWasNotOpened() public {
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, RIGHT);
        }
        for (uint256 i = 0; i < 3; ++i) {
            reveal(i, RIGHT);
        }
        passDeadline();
        vm.expectEmit(address(theCourt));
        emit ICourt.Judged(id, 0, true, 0);
        theCourt.tally(deal);
        reverts(abi.encodeWithSelector(ICourt.LastRound.selector, id));
        vm.prank(provider);
        theCourt.appeal(deal, 1);
        theCourt.finish(deal, result);
        assertEq(escrow.freeOf(creator), FUNDS, "creator has everything back");
        assertEq(escrow.freeOf(provider), FUNDS - 3 * FEE, "provider lost its collateral");
        for (uint256 i = 0; i < SEATS; ++i) {
            uint256 paid = escrow.freeOf(ownerOf(i));
            assertTrue(paid == 0 || paid == FEE, "a fee each");
        }
    }

    function test_tally_failsInOtherPhases() public {
        judgeAll(RIGHT);
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Judged));
        theCourt.tally(deal);
        finish();
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.None));
        theCourt.tally(deal);
    }

    /// @dev A seat that committed and did not open counts as absent.
    function test_tally_doesNotCountUnopenedVotes() public {
        commit(0, WRONG_A);
        commit(1, WRONG_A);
        commit(2, WRONG_A);
        revealCommitment();
        reveal(0, WRONG_A);
        passDeadline();
        theCourt.tally(deal);
        assertTrue(!theCourt.disputeOf(id).providerWrong, "one of three is no majority");
    }
}
