// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";

/// @title Opening votes and the provider's commitment, and the verdict that comes as soon as everything is open.
contract CourtRevealTest is CourtTest {
    uint256 private _voteBy;

    function setUp() public override {
        super.setUp();
        dispute(1, RIGHT);
        drawAll();
        _voteBy = theCourt.disputeOf(id).deadline;
    }

    // ---- reveal

    function test_reveal_opensTheVote() public {
        _commitAll();
        address owner = memberOwner(1);
        vm.expectEmit(address(theCourt));
        emit ICourt.Revealed(id, 1, RIGHT, false);
        vm.prank(owner);
        theCourt.reveal(id, 1, RIGHT, false, SALT);
        ICourt.Member memory m = theCourt.memberOf(id, 1);
        assertTrue(m.standing == ICourt.Standing.Revealed && m.vote == bytes26(RIGHT), "revealed");
        assertTrue(theCourt.disputeOf(id).revealed == 1, "counted");
    }

    function test_reveal_saysWhetherATimeoutWouldDo() public {
        commit(0, RIGHT, true);
        vm.warp(_voteBy + 1);
        address owner = memberOwner(0);
        vm.expectEmit(address(theCourt));
        emit ICourt.Revealed(id, 0, RIGHT, true);
        vm.prank(owner);
        theCourt.reveal(id, 0, RIGHT, true, SALT);
        ICourt.Member memory m = theCourt.memberOf(id, 0);
        assertTrue(m.standing == ICourt.Standing.RevealedOrTimeout && m.vote == bytes26(RIGHT), "revealed");
    }

    function test_reveal_failsIfNotWhatWasCommitted() public {
        _commitAll();
        _revealFails(0, WRONG_A, false, SALT);
        _revealFails(0, RIGHT, true, SALT);
        _revealFails(0, RIGHT, false, keccak256("another salt"));
    }

    /// @dev The seat is in the hash: who copies another's vote cannot open it.
    function test_reveal_failsIfTheVoteWasCopied() public {
        commit(0, RIGHT);
        bytes26 copied = theCourt.memberOf(id, 0).vote;
        address copier = memberOwner(1);
        vm.prank(copier);
        theCourt.commit(id, 1, copied);
        commit(2, RIGHT);
        reveal(0, RIGHT);
        _revealFails(1, RIGHT, false, SALT);
    }

    /// @dev Zero stands for no vote.
    function test_reveal_failsIfTheShortDigestIsZero(uint48 tail) public {
        bytes32 digest = bytes32(uint256(tail));
        commit(0, digest);
        vm.warp(_voteBy + 1);
        _revealFails(0, digest, false, SALT);
    }

    function test_reveal_failsIfNotTheOwner() public {
        _commitAll();
        uint256 seat = theCourt.memberOf(id, 0).seat;
        reverts(abi.encodeWithSelector(ICourt.NotSeatOwner.selector, seat, stranger));
        vm.prank(stranger);
        theCourt.reveal(id, 0, RIGHT, false, SALT);
    }

    function test_reveal_failsIfNotCommitted() public {
        commit(0, RIGHT);
        vm.warp(_voteBy + 1);
        address owner = memberOwner(1);
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, 1, ICourt.Standing.Drawn));
        vm.prank(owner);
        theCourt.reveal(id, 1, RIGHT, false, SALT);
    }

    function test_reveal_failsTwice() public {
        _commitAll();
        reveal(0, RIGHT);
        address owner = memberOwner(0);
        reverts(abi.encodeWithSelector(ICourt.WrongStanding.selector, id, 0, ICourt.Standing.Revealed));
        vm.prank(owner);
        theCourt.reveal(id, 0, RIGHT, false, SALT);
    }

    /// @dev The vote window ends by itself: up to its end nobody reveals, one second later everybody may.
    function test_reveal_beginsByItself() public {
        commit(0, RIGHT);
        address owner = memberOwner(0);
        vm.warp(_voteBy);
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        vm.prank(owner);
        theCourt.reveal(id, 0, RIGHT, false, SALT);
        vm.warp(_voteBy + 1);
        reveal(0, RIGHT);
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.phase == ICourt.Phase.Revealing && d.deadline == _voteBy + REVEAL_WINDOW, "window after window");
    }

    function test_reveal_failsAfterItsWindow() public {
        _commitAll();
        uint256 revealBy = theCourt.disputeOf(id).deadline;
        vm.warp(revealBy);
        reveal(0, RIGHT);
        vm.warp(revealBy + 1);
        address owner = memberOwner(1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, revealBy, revealBy + 1));
        vm.prank(owner);
        theCourt.reveal(id, 1, RIGHT, false, SALT);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, revealBy, revealBy + 1));
        theCourt.revealCommitment(result, RIGHT, SALT);
    }

    /// @dev The same edges where nobody said that the vote window is over.
    function test_reveal_failsAfterItsWindowThatBeganByItself() public {
        commit(0, RIGHT);
        commit(1, RIGHT);
        uint256 revealBy = _voteBy + REVEAL_WINDOW;
        vm.warp(revealBy);
        reveal(0, RIGHT);
        vm.warp(revealBy + 1);
        address owner = memberOwner(1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, revealBy, revealBy + 1));
        vm.prank(owner);
        theCourt.reveal(id, 1, RIGHT, false, SALT);
    }

    function test_reveal_failsInOtherPhases() public {
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        theCourt.reveal(id, 0, RIGHT, false, SALT);
        bytes32 unknown = keccak256("unknown");
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, unknown, ICourt.Phase.None));
        theCourt.reveal(unknown, 0, RIGHT, false, SALT);
    }

    // ---- revealCommitment

    function test_revealCommitment_byAnyone() public {
        _commitAll();
        vm.expectEmit(address(theCourt));
        emit ICourt.CommitmentRevealed(id, RIGHT);
        vm.prank(stranger);
        theCourt.revealCommitment(result, RIGHT, SALT);
        (, bytes32 digest) = theCourt.evidenceOf(id);
        assertEq(digest, RIGHT, "digest");
        assertPhase(ICourt.Phase.Revealing);
    }

    function test_revealCommitment_failsIfItDoesNotOpenIt() public {
        _commitAll();
        _commitmentFails(result, WRONG_A, SALT);
        _commitmentFails(result, RIGHT, keccak256("another salt"));
    }

    /// @dev A Result with another commitment is not what the provider submitted, whatever it opens.
    function test_revealCommitment_failsIfNotTheSubmittedResult() public {
        _commitAll();
        IDealEscrow.Result memory other = result;
        other.commitment = keccak256(abi.encode(id, WRONG_A, SALT));
        _commitmentFails(other, WRONG_A, SALT);
        other = result;
        other.charge -= 1;
        _commitmentFails(other, RIGHT, SALT);
    }

    function test_revealCommitment_failsTwice() public {
        _commitAll();
        revealCommitment();
        _commitmentFails(result, RIGHT, SALT);
    }

    function test_revealCommitment_failsIfTheShortDigestIsZero(uint48 tail) public {
        bytes32 digest = bytes32(uint256(tail));
        dispute(2, digest);
        drawAll();
        passDeadline();
        _commitmentFails(result, digest, SALT);
    }

    /// @dev Before the votes are fixed a lazy seat could vote for it.
    function test_revealCommitment_failsWhileSeatsVote() public {
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        theCourt.revealCommitment(result, RIGHT, SALT);
        vm.warp(_voteBy);
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        theCourt.revealCommitment(result, RIGHT, SALT);
        vm.warp(_voteBy + 1);
        revealCommitment();
        assertPhase(ICourt.Phase.Judged); // nobody committed: nothing to wait for
    }

    // ---- the early verdict

    function test_reveal_ofTheLastVoteJudges() public {
        _commitAll();
        revealCommitment();
        reveal(2, RIGHT);
        reveal(0, RIGHT);
        assertPhase(ICourt.Phase.Revealing);
        address owner = memberOwner(1);
        vm.warp(block.timestamp + 10);
        vm.expectEmit(address(theCourt));
        emit ICourt.Revealed(id, 1, RIGHT, false);
        vm.expectEmit(address(theCourt));
        emit ICourt.Judged(id, 0, false, block.timestamp + APPEAL_WINDOW);
        vm.prank(owner);
        theCourt.reveal(id, 1, RIGHT, false, SALT);
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.phase == ICourt.Phase.Judged && !d.providerWrong, "provider right");
        assertEq(d.deadline, block.timestamp + APPEAL_WINDOW, "appealBy");
    }

    function test_revealCommitment_ofTheLastJudges() public {
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, WRONG_B);
        }
        for (uint256 i = 0; i < 3; ++i) {
            reveal(i, WRONG_B);
        }
        assertPhase(ICourt.Phase.Revealing);
        vm.expectEmit(address(theCourt));
        emit ICourt.CommitmentRevealed(id, RIGHT);
        vm.expectEmit(address(theCourt));
        emit ICourt.Judged(id, 0, true, block.timestamp + APPEAL_WINDOW);
        theCourt.revealCommitment(result, RIGHT, SALT);
        assertTrue(theCourt.disputeOf(id).providerWrong, "provider wrong");
    }

    /// @dev Only committed votes can still come, so those that did not commit are not waited for.
    function test_reveal_doesNotWaitForTheAbsent() public {
        commit(1, WRONG_A);
        vm.warp(_voteBy + 1);
        revealCommitment();
        assertPhase(ICourt.Phase.Revealing);
        reveal(1, WRONG_A);
        assertPhase(ICourt.Phase.Judged);
    }

    function _commitAll() private {
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, RIGHT);
        }
    }

    function _revealFails(uint256 member, bytes32 digest, bool orTimeout, bytes32 salt) private {
        address owner = memberOwner(member);
        reverts(abi.encodeWithSelector(ICourt.WrongReveal.selector, id));
        vm.prank(owner);
        theCourt.reveal(id, member, digest, orTimeout, salt);
    }

    function _commitmentFails(IDealEscrow.Result memory opened, bytes32 digest, bytes32 salt) private {
        reverts(abi.encodeWithSelector(ICourt.WrongReveal.selector, id));
        theCourt.revealCommitment(opened, digest, salt);
    }
}
