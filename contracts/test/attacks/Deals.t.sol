// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {BlockhashRandomness} from "../../src/BlockhashRandomness.sol";
import {Court} from "../../src/Court.sol";
import {DealEscrow} from "../../src/DealEscrow.sol";
import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "../base/CourtTest.sol";
import {HookToken} from "../mocks/Tokens.sol";

/// @title Attacks of one party on the other, before and in a dispute, and of a token on everybody.
contract DealAttacksTest is CourtTest {
    bytes32 private constant UNAVAILABLE = sha256(hex"a1676f7574636f6d656b756e617661696c61626c65");

    /// @dev The creator's money leaves in the block in which the provider opens: the provider has lost its gas.
    function test_attack_withdrawalRacesOpen() public {
        IDealEscrow.Deal memory terms = committeeDeal(1);
        bytes memory byCreator = sign(CREATOR_KEY, terms);
        bytes memory byProvider = sign(PROVIDER_KEY, terms);
        vm.prank(creator);
        escrow.withdraw(creator, FUNDS - PRICE + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, creator, PRICE - 1, PRICE));
        vm.prank(provider);
        escrow.open(terms, byCreator, byProvider);
        assertEq(escrow.freeOf(provider), FUNDS, "nothing is locked");
        assertTrue(!escrow.nonceUsed(creator, 1), "and the offer stands");
        // once it is open the creator is too late
        escrow.deposit(creator, 1);
        open(terms);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, creator, 0, 1));
        vm.prank(creator);
        escrow.withdraw(creator, 1);
    }

    /// @dev A creator that gives no inputs away has both signatures and no way to start the provider's clock.
    function test_attack_inputsAreWithheld() public {
        IDealEscrow.Deal memory terms = committeeDeal(1);
        IDealEscrow.Deal[] memory deals = new IDealEscrow.Deal[](1);
        (bytes[] memory creators, bytes[] memory providers) = (new bytes[](1), new bytes[](1));
        (deals[0], creators[0], providers[0]) = (terms, sign(CREATOR_KEY, terms), sign(PROVIDER_KEY, terms));
        vm.prank(creator);
        (bool success,) = address(escrow).call(abi.encodeCall(IDealEscrow.open, (terms, creators[0], providers[0])));
        assertTrue(!success, "the provider alone opens");
        vm.prank(creator);
        escrow.openMany(deals, creators, providers);
        vm.warp(terms.openBefore + 1);
        assertState(terms, IDealEscrow.State.None);
        assertEq(escrow.freeOf(provider), FUNDS, "no collateral to be had");
    }

    /// @dev A creator that loses its inputs after the provider opened finds that the provider kept them for the judges; if nobody
    /// has them, the provider opened what it could not hold, and the seats are paid by it.
    function test_attack_inputsAreLostBeforeTheTrial() public {
        dispute(1, RIGHT);
        drawAll();
        judgeAll(UNAVAILABLE);
        finish();
        assertEq(escrow.freeOf(creator), FUNDS, "the creator has its price back");
        assertEq(escrow.freeOf(provider), FUNDS - 3 * FEE, "the provider's collateral pays");
    }

    /// @dev A job that gives everybody another answer: no majority, so who asked for it pays.
    function test_attack_jobIsRandom() public {
        dispute(1, RIGHT);
        drawAll();
        bytes32[3] memory answers = [WRONG_A, WRONG_B, keccak256("wrong c")];
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, answers[i]);
        }
        revealCommitment();
        for (uint256 i = 0; i < 3; ++i) {
            reveal(i, answers[i]);
        }
        assertTrue(!theCourt.disputeOf(id).providerWrong, "nobody can say that it is wrong");
        finish();
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE, "the author of the job pays, and for the trial");
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "the provider is paid");
        for (uint256 i = 0; i < SEATS; ++i) {
            assertEq(theCourt.seatAt(i).stake, SEAT_STAKE, "no seat loses for a job that does not reproduce");
        }
    }

    /// @dev A job that changes its answer after the provider ran it would convict an honest provider by any majority. So a deal
    /// says what its seats must be able to run again, and the seats of a court that takes nothing of the kind cannot be drawn.
    function test_attack_jobIsATimeBomb() public {
        IDealEscrow.Deal memory terms = committeeDeal(1);
        terms.needs = DOCKER;
        submitDeal(terms, RIGHT);
        challengeDeal();
        rollToSeed();
        for (uint256 i = 0; i < 20; ++i) {
            theCourt.draw(deal);
        }
        theCourt.tally(deal);
        finish();
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "the provider is right");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE, "and the deposit goes back");
    }

    /// @dev One second before, at and after every deadline in the life of a disputed deal.
    function test_edges_ofADisputedDeal() public {
        submitDeal(committeeDeal(1), RIGHT);
        (, uint64 reviewBy,) = escrow.statusOf(id);
        bytes memory claiming = abi.encodeCall(IDealEscrow.claim, (deal, result));
        vm.warp(reviewBy);
        _fails(address(escrow), claiming);
        uint256 snapshot = vm.snapshotState();
        vm.warp(reviewBy + 1);
        vm.prank(creator);
        _fails(address(escrow), abi.encodeCall(IDealEscrow.challenge, (deal, result, "")));
        escrow.claim(deal, result);
        vm.revertToState(snapshot);
        challengeDeal();
        vm.warp(reviewBy + 1);
        _fails(address(escrow), claiming);
        drawAll();
        uint256 voteBy = theCourt.disputeOf(id).deadline;
        vm.warp(voteBy);
        commit(0, RIGHT);
        _fails(address(theCourt), abi.encodeCall(ICourt.revealCommitment, (result, RIGHT, SALT)));
        vm.warp(voteBy + 1);
        revealCommitment();
        bytes memory tallying = abi.encodeCall(ICourt.tally, (deal));
        vm.warp(voteBy + REVEAL_WINDOW);
        _fails(address(theCourt), tallying);
        vm.warp(voteBy + REVEAL_WINDOW + 1);
        theCourt.tally(deal);
        uint256 appealBy = theCourt.disputeOf(id).deadline;
        bytes memory finishing = abi.encodeCall(ICourt.finish, (deal, result));
        vm.warp(appealBy);
        _fails(address(theCourt), finishing);
        vm.warp(appealBy + 1);
        vm.prank(creator);
        _fails(address(theCourt), abi.encodeCall(ICourt.appeal, (deal, 1)));
        theCourt.finish(deal, result);
    }

    /// @dev A token that calls back in the middle of a withdrawal cannot stake what is just leaving.
    function test_attack_tokenReentersTheCourt() public {
        HookToken hook = new HookToken();
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 2);
        Court other = new Court(next, address(new BlockhashRandomness()), settings());
        DealEscrow bank = new DealEscrow(address(hook), address(other), MIN_WINDOW, MIN_SEAT_FEE);
        assertEq(address(bank), next, "predicted");
        hook.approve(address(bank), type(uint256).max);
        bank.deposit(address(hook), SEAT_STAKE);
        hook.arm(address(other), abi.encodeCall(ICourt.takeSeat, (JS)));
        vm.prank(address(hook));
        bank.withdraw(stranger, SEAT_STAKE);
        assertTrue(!hook.succeeded(), "the money is gone before the token is called");
        assertEq(bank.freeOf(address(other)), 0, "nothing staked");
        // and cannot withdraw in a withdrawal what it has besides
        bank.deposit(address(hook), 2 * SEAT_STAKE);
        hook.arm(address(bank), abi.encodeCall(IDealEscrow.withdraw, (stranger, SEAT_STAKE)));
        vm.prank(address(hook));
        bank.withdraw(stranger, SEAT_STAKE);
        assertEq(
            hook.answer(), abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector), "guarded"
        );
    }

    function _fails(address target, bytes memory data) private {
        (bool success,) = target.call(data);
        assertTrue(!success, "fails");
    }
}
