// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";
import {
    AllowancePayments,
    GuessableMediator,
    OriginAuthority,
    SplitController,
    UnboundAgreement
} from "./mocks/Predecessors.sol";

/// @title The defects of earlier designs for this market, one test each. None may be possible here.
/// @dev Where it says more than a sentence, a mock of a few lines has the defect, and the same assertion about it comes out the
/// other way.
contract PredecessorsTest is CourtTest {
    /// @dev Theirs: the controller's timeout calls a function that the contract with the money does not have, so it always reverts
    /// and the money stays for ever. Here every timeout is called, and pays.
    function test_defect01_timeoutsThatAlwaysRevert() public {
        SplitController theirs = new SplitController();
        theirs.open{value: 1 ether}();
        vm.warp(block.timestamp + 30 days);
        (bool success,) = address(theirs).call(abi.encodeCall(SplitController.timeout, ()));
        assertTrue(!success && address(theirs.payments()).balance == 1 ether, "theirs: locked for ever");

        IDealEscrow.Deal memory silent = opened(1);
        IDealEscrow.Deal memory unreviewed = opened(2);
        submit(unreviewed, resultOf(unreviewed, PRICE));
        dispute(3, RIGHT);
        vm.warp(block.timestamp + 30 days);
        escrow.timeoutSubmit(silent);
        escrow.claim(unreviewed, resultOf(unreviewed, PRICE));
        drawAll();
        vm.warp(block.timestamp + 30 days);
        theCourt.tally(deal); // nobody voted, nobody opened anything
        theCourt.finish(deal, result);
        assertState(silent, IDealEscrow.State.Closed);
        assertState(unreviewed, IDealEscrow.State.Closed);
        assertState(deal, IDealEscrow.State.Closed);
        assertEq(escrow.freeOf(creator) + escrow.freeOf(provider), 2 * FUNDS, "all of it came back out");
    }

    /// @dev Theirs: the agree timeout gives the creator the other side's collateral instead of its own. Here nothing is locked before
    /// both agree, and each side's own amount is what it gets back, to the unit.
    function test_defect02_agreeTimeoutRefundsTheWrongCollateral() public {
        IDealEscrow.Deal memory never = committeeDeal(1);
        assertEq(escrow.freeOf(creator), FUNDS, "an offer that nobody takes locks nothing");
        vm.prank(creator);
        escrow.burn(never.nonce);
        IDealEscrow.Deal memory agreed = dealWith(2);
        (agreed.price, agreed.collateral) = (3, 1 ether + 7); // far apart, so that a mix-up shows
        open(agreed);
        IDealEscrow.Close memory undone = closeOf(agreed, agreed.collateral);
        escrow.close(agreed, undone, sign(CREATOR_KEY, undone), sign(PROVIDER_KEY, undone));
        assertEq(escrow.freeOf(creator), FUNDS, "creator: its price");
        assertEq(escrow.freeOf(provider), FUNDS, "provider: its collateral");
    }

    /// @dev Theirs: the mediation is timed by the clock of the review. Here every phase has its own deadline, from its own start.
    function test_defect03_mediationTimeoutRunsOnTheReviewClock() public {
        IDealEscrow.Deal memory terms = committeeDeal(1);
        terms.reviewWindow = 60;
        submitDeal(terms, RIGHT);
        (, uint64 reviewBy,) = escrow.statusOf(id);
        vm.warp(reviewBy);
        challengeDeal();
        drawAll();
        vm.warp(block.timestamp + 61); // on the review's clock all is over
        (bool success,) = address(escrow).call(abi.encodeCall(IDealEscrow.claim, (deal, result)));
        assertTrue(!success, "the review has ended");
        uint256 voteBy = theCourt.disputeOf(id).deadline;
        assertEq(voteBy, reviewBy + VOTE_WINDOW, "the vote has its own window");
        vm.warp(voteBy);
        commit(0, RIGHT);
        passDeadline();
        revealCommitment();
        reveal(0, RIGHT);
        finish();
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "decided by votes, not by the review's clock");
    }

    /// @dev Theirs: a result is taken after its deadline. Here one second is too much, by call, by signature and by anyone.
    function test_defect04_resultsAreAcceptedAfterTheirDeadline() public {
        IDealEscrow.Deal memory late = opened(1);
        IDealEscrow.Result memory done = resultOf(late, PRICE);
        bytes memory signed = sign(PROVIDER_KEY, done);
        uint256 submitBy = block.timestamp + late.submitWindow;
        vm.warp(submitBy + 1);
        bytes memory expected = abi.encodeWithSelector(IDealEscrow.TooLate.selector, submitBy, submitBy + 1);
        reverts(expected);
        vm.prank(provider);
        escrow.submit(late, done, "");
        reverts(expected);
        vm.prank(stranger);
        escrow.submit(late, done, signed);
        escrow.timeoutSubmit(late);
        assertEq(escrow.freeOf(creator), FUNDS + COLLATERAL, "the creator has price and collateral");
    }

    /// @dev Theirs: `agree` names a deal and not its terms, so the other side changes them in the block before. Here the signature is
    /// on every term: with any other word it opens nothing.
    function test_defect05_agreeIsFrontRunWithOtherTerms(uint8 field, uint256 change) public {
        UnboundAgreement theirs = new UnboundAgreement();
        theirs.propose(1 ether);
        theirs.propose(1 wei); // seen the agreement coming
        assertEq(theirs.agree(), 1 wei, "theirs: agreed to what it never saw");

        IDealEscrow.Deal memory terms = committeeDeal(1);
        bytes memory byProvider = sign(PROVIDER_KEY, terms);
        _addTo(terms, field % 15, 1 + change % type(uint64).max);
        bytes memory byCreator = sign(CREATOR_KEY, terms); // the other side signs whatever it likes
        vm.prank(provider);
        (bool success,) = address(escrow).call(abi.encodeCall(IDealEscrow.open, (terms, byCreator, byProvider)));
        assertTrue(!success, "other terms, no deal");
        assertEq(escrow.freeOf(provider), FUNDS, "nothing locked");
    }

    /// @dev Theirs: a metered count of 0 takes the results collateral away, a large one takes the whole payment. Here there is no
    /// meter: a charge is at most the price, and every charge returns the collateral.
    function test_defect06_meteredCountTakesCollateralOrPayment(uint256 charge) public {
        IDealEscrow.Deal memory terms = dealWith(1);
        charge = bound(charge, 0, PRICE);
        open(terms);
        submit(terms, resultOf(terms, charge));
        vm.warp(block.timestamp + terms.reviewWindow + 1);
        escrow.claim(terms, resultOf(terms, charge));
        assertEq(escrow.freeOf(provider), FUNDS + charge, "collateral back, and the charge");
        terms = opened(2);
        IDealEscrow.Result memory greedy = resultOf(terms, PRICE + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.ChargeAbovePrice.selector, PRICE + 1, PRICE));
        vm.prank(provider);
        escrow.submit(terms, greedy, "");
    }

    /// @dev Theirs: `runJob` takes the allowance of any account, for anybody, again and again. Here a deposit takes from its caller, and
    /// what is in takes both signatures to be locked.
    function test_defect07_runJobSpendsTheAllowanceOfAnyone() public {
        AllowancePayments theirs = new AllowancePayments(token);
        assertTrue(token.transfer(creator, 2 ether), "funded");
        vm.prank(creator);
        token.approve(address(theirs), type(uint256).max);
        theirs.runJob(creator, 1 ether);
        theirs.runJob(creator, 1 ether);
        assertEq(token.balanceOf(creator), 0, "theirs: spent by a stranger, twice");

        assertTrue(token.transfer(creator, 2 ether), "funded");
        vm.prank(creator);
        token.approve(address(escrow), type(uint256).max);
        vm.prank(stranger);
        (bool success,) = address(escrow).call(abi.encodeCall(IDealEscrow.deposit, (stranger, 1 ether)));
        assertTrue(!success, "an allowance is its owner's");
        IDealEscrow.Deal memory terms = dealWith(1);
        terms.provider = stranger;
        bytes memory own = sign(STRANGER_KEY, terms);
        vm.prank(stranger);
        (success,) = address(escrow).call(abi.encodeCall(IDealEscrow.open, (terms, own, own)));
        assertTrue(!success, "and so is a free balance");
        terms = opened(2);
        bytes memory again =
            abi.encodeCall(IDealEscrow.open, (terms, sign(CREATOR_KEY, terms), sign(PROVIDER_KEY, terms)));
        vm.prank(provider);
        (success,) = address(escrow).call(again);
        assertTrue(!success, "and nothing runs twice");
        assertEq(token.balanceOf(creator), 2 ether, "untouched");
    }

    /// @dev Theirs: one pot for an address, so one deal is paid from another's money. Here a deal pays out what it locked, whatever
    /// the same two accounts have in others.
    function test_defect08_onePotPerAddress() public {
        IDealEscrow.Deal memory small = dealWith(1);
        (small.price, small.collateral) = (1 ether, 2 ether);
        open(small);
        IDealEscrow.Deal memory other = opened(2);
        IDealEscrow.Close memory greedy = closeOf(small, 3 ether + 1);
        bytes memory byCreator = sign(CREATOR_KEY, greedy);
        bytes memory byProvider = sign(PROVIDER_KEY, greedy);
        reverts(abi.encodeWithSelector(IDealEscrow.SplitTooLarge.selector, 3 ether + 1, 3 ether));
        escrow.close(small, greedy, byCreator, byProvider);
        vm.warp(block.timestamp + small.submitWindow + 1);
        escrow.timeoutSubmit(small);
        assertEq(
            escrow.freeOf(creator),
            FUNDS - PRICE + 2 ether,
            "the small deal's own 3 ether, of which 1 was the creator's"
        );
        assertEq(escrow.freeOf(provider), FUNDS - COLLATERAL - 2 ether, "the other deal's are still locked");
        assertState(other, IDealEscrow.State.Open);
    }

    /// @dev Theirs: what is slashed goes to the token's owner, and the honest side pays the mediation even when it wins. Here there is
    /// no owner, the side that wins pays nothing, and what is lost goes to the seats that worked.
    function test_defect09_slashedFundsGoToAnOwnerAndTheHonestSidePays() public {
        dispute(1, WRONG_A);
        drawAll();
        judgeAll(RIGHT);
        finish();
        assertEq(escrow.freeOf(creator), FUNDS, "the creator was right: price and deposit back");
        assertEq(escrow.freeOf(provider), FUNDS - 3 * FEE, "the provider lost its collateral");
        _seatsEarned(3 * FEE);
        dispute(2, RIGHT);
        drawAll();
        judgeAll(RIGHT);
        finish();
        assertEq(escrow.freeOf(provider), FUNDS - 3 * FEE + PRICE, "the provider was right: paid in full");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE, "the creator lost its deposit");
        _seatsEarned(6 * FEE);
        assertEq(escrow.freeOf(address(this)), 0, "who deployed it all has no part in it");
    }

    /// @dev Theirs: one mediator, from a hash that anybody computes beforehand, without stake, without deadline. Here three seats with
    /// something to lose, from a block that does not exist yet, and a clock.
    function test_defect10_oneGuessableMediatorWithoutStakeOrDeadline() public {
        GuessableMediator theirs = new GuessableMediator();
        uint256 guess = uint256(keccak256(abi.encode(block.timestamp, address(this)))) % 100;
        assertEq(theirs.pick(100), guess, "theirs: known before it was asked");

        dispute(1, RIGHT);
        (bytes32 ticket,) = theCourt.evidenceOf(id);
        assertEq(uint256(ticket), block.number + 4, "a block that nobody has seen");
        bytes32 seedA = keccak256("a");
        uint256 snapshot = vm.snapshotState();
        bytes32 drawnByA = _membersBySeed(seedA);
        vm.revertToState(snapshot);
        assertTrue(drawnByA != _membersBySeed(keccak256("b")), "and the lot is its hash's");
        for (uint256 i = 0; i < 3; ++i) {
            uint256 seat = theCourt.memberOf(id, i).seat;
            assertEq(theCourt.seatAt(seat).risk, 3 * FEE, "each has something to lose");
        }
        vm.warp(theCourt.disputeOf(id).deadline + REVEAL_WINDOW + 1);
        theCourt.tally(deal); // silence has an end
        finish();
        assertEq(theCourt.seatAt(0).risk, 0, "over");
    }

    /// @dev Theirs: `tx.origin` says who acts, so a contract that somebody calls acts in its name. Here it is who calls, or who signed.
    function test_defect11_txOriginAsAuthority() public {
        OriginAuthority theirs = new OriginAuthority();
        vm.prank(stranger, creator); // the creator called something harmless, which calls this
        assertEq(theirs.whoActs(), creator, "theirs: the creator's word, by another's call");

        IDealEscrow.Deal memory terms = committeeDeal(1);
        bytes memory byCreator = sign(CREATOR_KEY, terms);
        bytes memory byProvider = sign(PROVIDER_KEY, terms);
        vm.prank(stranger, provider);
        (bool success,) = address(escrow).call(abi.encodeCall(IDealEscrow.open, (terms, byCreator, byProvider)));
        assertTrue(!success, "open");
        vm.prank(stranger, creator);
        (success,) = address(escrow).call(abi.encodeCall(IDealEscrow.withdraw, (stranger, 1)));
        assertTrue(!success, "withdraw");
        vm.prank(stranger, creator);
        escrow.burn(1);
        assertTrue(!escrow.nonceUsed(creator, 1) && escrow.nonceUsed(stranger, 1), "burn: the caller's own");
        submitDeal(terms, RIGHT);
        vm.prank(stranger, creator);
        (success,) = address(escrow).call(abi.encodeCall(IDealEscrow.challenge, (deal, result, "")));
        assertTrue(!success, "challenge");
    }

    function _seatsEarned(uint256 expected) private view {
        uint256 earned = 0;
        for (uint256 i = 0; i < SEATS; ++i) {
            earned += escrow.freeOf(ownerOf(i));
        }
        assertEq(earned, expected, "seats");
    }

    function _membersBySeed(bytes32 seed) private returns (bytes32) {
        rollToSeed();
        vm.setBlockhash(block.number - 1, seed);
        theCourt.draw(deal);
        return keccak256(abi.encode(theCourt.membersOf(id)));
    }

    /// @dev The struct in memory is 15 words.
    function _addTo(IDealEscrow.Deal memory terms, uint256 field, uint256 change) private pure {
        if (field == 3 || field == 4) field = 5; // with another creator or provider it is another's deal
        assembly ("memory-safe") {
            let word := add(terms, mul(field, 0x20))
            mstore(word, add(mload(word), change))
        }
    }
}
