// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BlockhashRandomness} from "../../src/BlockhashRandomness.sol";
import {Court} from "../../src/Court.sol";
import {DealEscrow} from "../../src/DealEscrow.sol";
import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Addresses} from "./Addresses.sol";
import {EscrowTest} from "./EscrowTest.sol";

/// @title An escrow with its court, seats, and the steps of a dispute.
abstract contract DisputeTest is EscrowTest {
    uint256 internal constant FEE = PRICE;
    uint256 internal constant STAKE = 48 * FEE;
    uint256 internal constant REVEAL_WINDOW = 7200;
    uint256 internal constant APPEAL_WINDOW = 86_400;
    uint256 internal constant ACTIVATION = 3600;
    uint256 internal constant EXIT_DELAY = 7 days;
    uint256 internal constant VOTE_WINDOW = 3600;
    uint256 internal constant BLOCK_SEC = 12;
    bytes32 internal constant DIGEST = keccak256("digest");
    bytes32 internal constant OTHER = keccak256("another digest");
    bytes32 internal constant SALT = keccak256("salt");
    uint64 internal constant JS = 1;

    Court internal tribunal;

    function setUp() public virtual override {
        super.setUp();
        address randomness = address(new BlockhashRandomness());
        tribunal = new Court(Addresses.next(vm, address(this), 1), randomness, settings());
        escrow = new DealEscrow(address(token), address(tribunal), MIN_WINDOW, MIN_SEAT_FEE);
        token.approve(address(escrow), type(uint256).max);
        escrow.deposit(creator, FUNDS);
        escrow.deposit(provider, FUNDS);
    }

    function settings() internal pure virtual returns (ICourt.Settings memory) {
        return ICourt.Settings(STAKE, REVEAL_WINDOW, APPEAL_WINDOW, ACTIVATION, EXIT_DELAY);
    }

    // ---- seats

    function ownerOf(uint256 i) internal pure returns (address) {
        return address(uint160(0x5EA70000 + i));
    }

    function takeSeat(address owner) internal returns (uint256) {
        escrow.deposit(owner, STAKE + 1); // a free balance stays, as an owner that was paid before has
        vm.prank(owner);
        return tribunal.takeSeat(JS);
    }

    /// @dev One seat each for `count` owners, old enough for a dispute that begins now.
    function seatOwners(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            takeSeat(ownerOf(i));
        }
        pass(ACTIVATION + 1);
    }

    // ---- steps of a dispute

    function committeeDeal(uint256 nonce) internal view returns (IDealEscrow.Deal memory deal) {
        deal = dealWith(nonce);
        (deal.committee, deal.seatFee, deal.voteWindow, deal.needs) = (3, FEE, VOTE_WINDOW, JS);
    }

    /// @dev What the provider submits when its run came to `digest`.
    function claimOf(IDealEscrow.Deal memory deal, bytes32 digest)
        internal
        pure
        returns (IDealEscrow.Result memory result)
    {
        result = resultOf(deal, deal.price);
        result.commitment = keccak256(abi.encode(idOf(deal), digest, SALT));
    }

    function challenged(uint256 nonce) internal returns (IDealEscrow.Deal memory deal) {
        deal = committeeDeal(nonce);
        open(deal);
        submit(deal, claimOf(deal, DIGEST));
        challenge(deal);
    }

    function challenge(IDealEscrow.Deal memory deal) internal {
        vm.prank(deal.creator);
        escrow.challenge(deal, claimOf(deal, DIGEST), "");
    }

    /// @dev Time and blocks together.
    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
        vm.roll(block.number + time / BLOCK_SEC);
    }

    function passToSeed() internal {
        pass(5 * BLOCK_SEC);
    }

    function draw(IDealEscrow.Deal memory deal) internal {
        passToSeed();
        tribunal.draw(deal);
    }

    function commit(IDealEscrow.Deal memory deal, uint256 member, bytes32 digest) internal {
        bytes26 sealedVote = voteOf(deal, member, digest);
        vm.prank(memberOwner(deal, member));
        tribunal.commit(idOf(deal), member, sealedVote);
    }

    function reveal(IDealEscrow.Deal memory deal, uint256 member, bytes32 digest) internal {
        vm.prank(memberOwner(deal, member));
        tribunal.reveal(idOf(deal), member, digest, false, SALT);
    }

    function revealCommitment(IDealEscrow.Deal memory deal) internal {
        tribunal.revealCommitment(claimOf(deal, DIGEST), DIGEST, SALT);
    }

    function finish(IDealEscrow.Deal memory deal) internal {
        tribunal.finish(deal, claimOf(deal, DIGEST));
    }

    /// @dev Members `from` to `to` all vote for `digest`.
    function vote(IDealEscrow.Deal memory deal, uint256 from, uint256 to, bytes32 digest) internal {
        for (uint256 i = from; i < to; ++i) {
            commit(deal, i, digest);
        }
        for (uint256 i = from; i < to; ++i) {
            reveal(deal, i, digest);
        }
    }

    // ---- what is

    function voteOf(IDealEscrow.Deal memory deal, uint256 member, bytes32 digest) internal view returns (bytes26) {
        ICourt.Member memory m = tribunal.memberOf(idOf(deal), member);
        return bytes26(keccak256(abi.encode(idOf(deal), m.round, m.seat, digest, false, SALT)));
    }

    function memberOwner(IDealEscrow.Deal memory deal, uint256 member) internal view returns (address) {
        return tribunal.seatAt(tribunal.memberOf(idOf(deal), member).seat).owner;
    }

    function assertPhase(IDealEscrow.Deal memory deal, ICourt.Phase expected) internal view {
        assertEq(uint256(tribunal.disputeOf(idOf(deal)).phase), uint256(expected), "phase");
    }
}
