// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";
import {KeyWallet} from "./mocks/Wallets.sol";

/// @title The escrow's side of a dispute. States and times are in Matrix.t.sol.
contract ChallengeTest is CourtTest {
    function firstSeats() internal pure override returns (uint256) {
        return 3;
    }

    function setUp() public override {
        super.setUp();
        submitDeal(committeeDeal(1), RIGHT);
    }

    // ---- challenge

    function test_challenge_locksTheDeposit() public {
        uint256 ofCourt = escrow.freeOf(address(theCourt));
        uint256 ofCreator = escrow.freeOf(creator);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Challenged(id, creator, provider, deal, result);
        challengeDeal();
        assertEq(escrow.freeOf(address(theCourt)), ofCourt + 3 * FEE, "court");
        assertEq(escrow.freeOf(creator), ofCreator - 3 * FEE, "creator");
        (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = escrow.statusOf(id);
        assertTrue(state == IDealEscrow.State.Disputed && deadline == 0, "disputed");
        assertEq(resultHash, hashOf(result), "result");
        assertState(deal, IDealEscrow.State.Disputed);
    }

    function test_challenge_bySignature() public {
        bytes memory byCreator = sign(CREATOR_KEY, challengeOf(result));
        vm.prank(stranger);
        escrow.challenge(deal, result, byCreator);
        assertState(deal, IDealEscrow.State.Disputed);
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE, "the creator's deposit");
    }

    function test_challenge_ofAWallet() public {
        KeyWallet wallet = new KeyWallet(creator);
        escrow.deposit(address(wallet), FUNDS);
        IDealEscrow.Deal memory terms = committeeDeal(1);
        terms.creator = address(wallet);
        submitDeal(terms, RIGHT); // the wallet's signatures are the key's
        bytes memory byWallet = sign(CREATOR_KEY, challengeOf(result));
        escrow.challenge(deal, result, byWallet);
        assertState(deal, IDealEscrow.State.Disputed);
        assertEq(escrow.freeOf(address(wallet)), FUNDS - PRICE - 3 * FEE, "the wallet's deposit");
    }

    function test_challenge_failsIfNotTheCreators() public {
        _fails("", provider);
        _fails(sign(PROVIDER_KEY, challengeOf(result)), provider);
        // a signature that settles is none that challenges
        _fails(sign(CREATOR_KEY, result), stranger);
        _fails(sign(CREATOR_KEY, idOf(deal)), stranger);
    }

    /// @dev The signature names the deal and the Result: one for another deal or another Result is none for this.
    function test_challenge_failsIfSignedForAnother() public {
        IDealEscrow.Result memory other = result;
        other.manifest = keccak256("another manifest");
        _fails(sign(CREATOR_KEY, challengeOf(other)), stranger);
        other = result;
        other.deal = keccak256("another deal");
        _fails(sign(CREATOR_KEY, challengeOf(other)), stranger);
    }

    function test_challenge_failsIfNotTheSubmittedResult() public {
        IDealEscrow.Result memory other = result;
        other.charge = 0;
        reverts(abi.encodeWithSelector(IDealEscrow.WrongResult.selector, id, hashOf(result), hashOf(other)));
        vm.prank(creator);
        escrow.challenge(deal, other, "");
    }

    function test_challenge_failsWithoutTheDeposit() public {
        uint256 free = escrow.freeOf(creator);
        vm.prank(creator);
        escrow.withdraw(creator, free - 3 * FEE + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, creator, 3 * FEE - 1, 3 * FEE));
        vm.prank(creator);
        escrow.challenge(deal, result, "");
        assertState(deal, IDealEscrow.State.Submitted);
    }

    function test_challenge_failsWithoutACommittee() public {
        IDealEscrow.Deal memory terms = dealWith(2);
        submitDeal(terms, RIGHT);
        reverts(abi.encodeWithSelector(IDealEscrow.CommitteeNotAllowed.selector, 0));
        vm.prank(creator);
        escrow.challenge(deal, result, "");
    }

    function test_challenge_failsTwice() public {
        challengeDeal();
        reverts(abi.encodeWithSelector(IDealEscrow.WrongState.selector, id, IDealEscrow.State.Disputed));
        vm.prank(creator);
        escrow.challenge(deal, result, "");
    }

    // ---- resolve, collect, pay

    function test_resolve_paysTheProviderThatIsRight(uint256 charge) public {
        charge = bound(charge, 0, PRICE);
        _disputedWithCharge(charge);
        uint256 ofCourt = escrow.freeOf(address(theCourt));
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Resolved(id, charge + 3 * FEE, PRICE - charge);
        vm.prank(address(theCourt));
        escrow.resolve(deal, result, true, true);
        assertEq(escrow.freeOf(address(theCourt)), ofCourt, "court");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE - charge, "creator"); // another deal's price is locked
        _assertEnded();
    }

    function test_resolve_paysTheCreatorOfAWrongProvider(bool toCourt) public {
        challengeDeal();
        uint256 ofCourt = escrow.freeOf(address(theCourt));
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Resolved(id, 0, toCourt ? PRICE : PRICE + 3 * FEE);
        vm.prank(address(theCourt));
        escrow.resolve(deal, result, false, toCourt);
        assertEq(escrow.freeOf(address(theCourt)), toCourt ? ofCourt + 3 * FEE : ofCourt, "court");
        assertEq(escrow.freeOf(creator), toCourt ? FUNDS - 3 * FEE : FUNDS, "creator");
        assertEq(escrow.freeOf(provider), FUNDS - 3 * FEE, "provider");
        _assertEnded();
    }

    function test_resolve_failsIfNotDisputed() public {
        reverts(abi.encodeWithSelector(IDealEscrow.WrongState.selector, id, IDealEscrow.State.Submitted));
        vm.prank(address(theCourt));
        escrow.resolve(deal, result, true, true);
    }

    function test_resolve_failsIfNotTheSubmittedResult() public {
        challengeDeal();
        IDealEscrow.Result memory other = result;
        other.charge = 0;
        reverts(abi.encodeWithSelector(IDealEscrow.WrongResult.selector, id, hashOf(result), hashOf(other)));
        vm.prank(address(theCourt));
        escrow.resolve(deal, other, true, true);
    }

    /// @dev Whoever calls: parties, seats, strangers, the escrow's deployer.
    function test_callsOfTheCourt_failForAnybodyElse(address caller) public {
        vm.assume(caller != address(theCourt));
        challengeDeal();
        bytes memory expected = abi.encodeWithSelector(IDealEscrow.NotCourt.selector, caller);
        reverts(expected);
        vm.prank(caller);
        escrow.resolve(deal, result, true, true);
        reverts(expected);
        vm.prank(caller);
        escrow.collect(creator, 1);
        reverts(expected);
        vm.prank(caller);
        escrow.pay(caller, 1);
    }

    function test_collectAndPay_moveFreeBalances(uint256 amount) public {
        amount = bound(amount, 0, FUNDS - PRICE);
        uint256 ofCourt = escrow.freeOf(address(theCourt));
        vm.prank(address(theCourt));
        escrow.collect(creator, amount);
        assertEq(escrow.freeOf(address(theCourt)), ofCourt + amount, "collected");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - amount, "taken");
        vm.prank(address(theCourt));
        escrow.pay(stranger, amount);
        assertEq(escrow.freeOf(address(theCourt)), ofCourt, "paid");
        assertEq(escrow.freeOf(stranger), amount, "given");
    }

    function test_collectAndPay_failBeyondWhatIsThere() public {
        uint256 ofCourt = escrow.freeOf(address(theCourt));
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, stranger, 0, 1));
        vm.prank(address(theCourt));
        escrow.collect(stranger, 1);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, address(theCourt), ofCourt, ofCourt + 1));
        vm.prank(address(theCourt));
        escrow.pay(stranger, ofCourt + 1);
    }

    // ---- helpers

    function _fails(bytes memory signature, address caller) private {
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        vm.prank(caller);
        escrow.challenge(deal, result, signature);
    }

    function _disputedWithCharge(uint256 charge) private {
        IDealEscrow.Deal memory terms = committeeDeal(2);
        open(terms);
        (deal, id) = (terms, idOf(terms));
        result = IDealEscrow.Result(id, keccak256("commitment"), keccak256("manifest"), charge);
        submit(terms, result);
        challengeDeal();
    }

    function _assertEnded() private {
        assertState(deal, IDealEscrow.State.Closed);
        (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = escrow.statusOf(id);
        assertTrue(state == IDealEscrow.State.None && deadline == 0 && resultHash == 0, "record deleted");
        reverts(abi.encodeWithSelector(IDealEscrow.WrongState.selector, id, IDealEscrow.State.Closed));
        vm.prank(address(theCourt));
        escrow.resolve(deal, result, true, true);
    }
}
