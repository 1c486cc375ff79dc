// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BlockhashRandomness} from "../../src/BlockhashRandomness.sol";
import {Court} from "../../src/Court.sol";
import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./EscrowTest.sol";

/// @title An escrow with a court, owners with a seat each, and one deal that goes through it step by step.
/// @dev The deal under test is `deal`, its submitted Result `result`; the provider committed to `given` when it submitted.
abstract contract CourtTest is EscrowTest {
    uint256 internal constant FEE = PRICE;
    uint256 internal constant SEAT_STAKE = 48 * FEE;
    uint256 internal constant REVEAL_WINDOW = 1800;
    uint256 internal constant APPEAL_WINDOW = 3600;
    uint256 internal constant ACTIVATION = 600;
    uint256 internal constant EXIT_DELAY = 2 days;
    uint256 internal constant VOTE_WINDOW = 5400;
    uint256 internal constant START_BLOCK = 20_000_000;
    /// @dev Blocks from asking for a seed until it can be had, one more than BlockhashRandomness waits for.
    uint256 internal constant SEED_BLOCKS = 5;
    /// @dev Members of three rounds, and some to spare.
    uint256 internal constant SEATS = 40;
    uint64 internal constant JS = 1;
    uint64 internal constant WASM = 2;
    uint64 internal constant DOCKER = 4;

    bytes32 internal constant RIGHT = keccak256("right");
    bytes32 internal constant WRONG_A = keccak256("wrong a");
    bytes32 internal constant WRONG_B = keccak256("wrong b");
    bytes32 internal constant TIMEOUT = sha256(hex"a1676f7574636f6d656774696d656f7574"); // dag-cbor {outcome: "timeout"}
    bytes32 internal constant SALT = keccak256("salt");
    address internal constant NOBODY = 0x000000000000000000000000000000000000dEaD;

    Court internal theCourt;
    BlockhashRandomness internal randomness;
    IDealEscrow.Deal internal deal;
    IDealEscrow.Result internal result;
    bytes32 internal id;
    bytes32 internal given;

    function setUp() public virtual override {
        vm.roll(START_BLOCK);
        super.setUp();
        takeSeats(firstSeats(), JS | WASM);
        vm.warp(block.timestamp + ACTIVATION + 1);
    }

    function court() internal override returns (address) {
        randomness = new BlockhashRandomness();
        // the court is this contract's next deployment, the escrow the one after it
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        theCourt = newCourt(next);
        return address(theCourt);
    }

    function newCourt(address ofEscrow) internal virtual returns (Court) {
        return new Court(ofEscrow, address(randomness), settings());
    }

    function firstSeats() internal pure virtual returns (uint256) {
        return SEATS;
    }

    function settings() internal pure virtual returns (ICourt.Settings memory) {
        return ICourt.Settings(SEAT_STAKE, REVEAL_WINDOW, APPEAL_WINDOW, ACTIVATION, EXIT_DELAY);
    }

    // ---- seats

    function ownerKey(uint256 seat) internal pure returns (uint256) {
        return 0x5EA7_0000 + seat;
    }

    function ownerOf(uint256 seat) internal pure returns (address) {
        return vm.addr(ownerKey(seat));
    }

    /// @dev One for each owner, in the order of the keys.
    function takeSeats(uint256 count, uint64 capabilities) internal {
        uint256 first = theCourt.seatCount();
        for (uint256 i = first; i < first + count; ++i) {
            takeSeat(ownerOf(i), capabilities);
        }
    }

    function takeSeat(address owner, uint64 capabilities) internal returns (uint256) {
        escrow.deposit(owner, SEAT_STAKE);
        vm.prank(owner);
        return theCourt.takeSeat(capabilities);
    }

    // ---- the deal

    function committeeDeal(uint256 nonce) internal view returns (IDealEscrow.Deal memory terms) {
        terms = dealWith(nonce);
        terms.seatFee = FEE;
        terms.collateral = 3 * FEE;
        terms.voteWindow = VOTE_WINDOW;
        terms.committee = 3;
        terms.needs = JS;
    }

    /// @dev Opens and submits `terms` with a commitment to `digest`, and makes it the deal under test.
    function submitDeal(IDealEscrow.Deal memory terms, bytes32 digest) internal {
        (deal, id, given) = (terms, idOf(terms), digest);
        result = IDealEscrow.Result(id, keccak256(abi.encode(id, digest, SALT)), keccak256("manifest"), PRICE);
        open(terms);
        submit(terms, result);
    }

    function challengeDeal() internal {
        vm.prank(creator);
        escrow.challenge(deal, result, "");
    }

    /// @dev A fresh deal, challenged, whose provider committed to `digest`.
    function dispute(uint256 nonce, bytes32 digest) internal {
        submitDeal(committeeDeal(nonce), digest);
        challengeDeal();
    }

    // ---- the phases, each by the shortest way

    function rollToSeed() internal {
        vm.roll(block.number + SEED_BLOCKS);
    }

    /// @dev Until the round has its seats.
    function drawAll() internal {
        rollToSeed();
        while (theCourt.disputeOf(id).phase == ICourt.Phase.Drawing) {
            theCourt.draw(deal);
        }
    }

    function voteOf(uint256 member, bytes32 digest, bool orTimeout) internal view returns (bytes26) {
        ICourt.Member memory m = theCourt.memberOf(id, member);
        return bytes26(keccak256(abi.encode(id, uint256(m.round), uint256(m.seat), digest, orTimeout, SALT)));
    }

    function commit(uint256 member, bytes32 digest, bool orTimeout) internal {
        bytes26 vote = voteOf(member, digest, orTimeout);
        vm.prank(memberOwner(member));
        theCourt.commit(id, member, vote);
    }

    function commit(uint256 member, bytes32 digest) internal {
        commit(member, digest, false);
    }

    function decline(uint256 member) internal {
        vm.prank(memberOwner(member));
        theCourt.decline(deal, member);
    }

    function reveal(uint256 member, bytes32 digest, bool orTimeout) internal {
        vm.prank(memberOwner(member));
        theCourt.reveal(id, member, digest, orTimeout, SALT);
    }

    function reveal(uint256 member, bytes32 digest) internal {
        reveal(member, digest, false);
    }

    function revealCommitment() internal {
        theCourt.revealCommitment(result, given, SALT);
    }

    /// @dev Everybody of this round votes for `digest` and opens it, the provider its commitment: judged.
    function judgeAll(bytes32 digest) internal {
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        for (uint256 i = d.first; i < d.members; ++i) {
            commit(i, digest);
        }
        if (d.round == 0) revealCommitment();
        for (uint256 i = d.first; i < d.members; ++i) {
            reveal(i, digest);
        }
    }

    /// @dev From the last verdict to a drawn round, paid by `payer`.
    function appealAndDraw(address payer) internal {
        uint256 next = theCourt.disputeOf(id).round + 1;
        vm.prank(payer);
        theCourt.appeal(deal, next);
        drawAll();
    }

    function passDeadline() internal {
        vm.warp(theCourt.disputeOf(id).deadline + 1);
    }

    /// @dev After the last appeal window.
    function finish() internal {
        if (block.timestamp <= theCourt.disputeOf(id).deadline) passDeadline();
        theCourt.finish(deal, result);
    }

    // ---- what is there

    function memberOwner(uint256 member) internal view returns (address) {
        return theCourt.seatAt(theCourt.memberOf(id, member).seat).owner;
    }

    function assertPhase(ICourt.Phase expected) internal view {
        assertEq(uint256(theCourt.disputeOf(id).phase), uint256(expected), "phase");
    }

    function assertStanding(uint256 member, ICourt.Standing expected) internal view {
        assertEq(uint256(theCourt.memberOf(id, member).standing), uint256(expected), "standing");
    }
}
