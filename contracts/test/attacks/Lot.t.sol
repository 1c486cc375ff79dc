// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";
import {CourtTest} from "../base/CourtTest.sol";

/// @title Attacks on the lot: to be in it, to be out of it, to roll it again, to make it come to nothing.
contract LotAttacksTest is CourtTest {
    address private constant BUYER = address(0xB0B);

    /// @dev Seats in bulk, bought when the deal is known and the seed is not. They serve neither this round nor an appeal.
    /// forge-config: ci.fuzz.runs = 256
    function test_attack_seatsAreBoughtAfterTheChallenge(bytes32 seed) public {
        dispute(1, RIGHT);
        _buySeats(60);
        _drawWith(seed);
        judgeAll(WRONG_A);
        vm.warp(block.timestamp + ACTIVATION + 1); // by now they are active
        vm.prank(provider);
        theCourt.appeal(deal, 1);
        _drawWith(keccak256(abi.encode(seed)));
        for (uint256 i = 0; i < 10; ++i) {
            assertTrue(memberOwner(i) != BUYER, "only who was there before");
        }
    }

    /// @dev Bought before the appeal of a dispute, they still came after its challenge.
    /// forge-config: ci.fuzz.runs = 256
    function test_attack_seatsAreBoughtBeforeTheAppeal(bytes32 seed) public {
        dispute(1, RIGHT);
        drawAll();
        judgeAll(WRONG_A);
        _buySeats(60);
        vm.warp(block.timestamp + ACTIVATION + 1);
        vm.prank(provider);
        theCourt.appeal(deal, 1);
        _drawWith(seed);
        for (uint256 i = 3; i < 10; ++i) {
            assertTrue(memberOwner(i) != BUYER, "only who was there before");
        }
    }

    /// @dev Who sees in the seed that it will be drawn cannot get out: not by asking to leave, not by leaving.
    /// forge-config: ci.fuzz.runs = 256
    function test_attack_seatsLeaveAfterTheChallenge(bytes32 seed) public {
        dispute(1, RIGHT);
        uint256 snapshot = vm.snapshotState();
        _drawWith(seed);
        ICourt.Member[] memory expected = theCourt.membersOf(id);
        vm.revertToState(snapshot);
        for (uint256 i = 0; i < SEATS; ++i) {
            vm.prank(ownerOf(i));
            theCourt.askExit(i);
        }
        vm.warp(block.timestamp + REVEAL_WINDOW); // the longest that a draw can take is far from the delay of an exit
        for (uint256 i = 0; i < SEATS; ++i) {
            vm.prank(ownerOf(i));
            (bool success,) = address(theCourt).call(abi.encodeCall(ICourt.leaveSeat, (i)));
            assertTrue(!success, "held by its delay");
        }
        _drawWith(seed);
        assertEq(abi.encode(theCourt.membersOf(id)), abi.encode(expected), "the same seats");
    }

    /// @dev Who dislikes a seed would let it pass and ask for another. Any other account fixes it first, for good.
    function test_attack_seedIsLeftToPass() public {
        dispute(1, RIGHT);
        rollToSeed();
        theCourt.draw(deal); // a stranger's call
        (bytes32 seed,) = theCourt.evidenceOf(id);
        vm.roll(block.number + 10_000);
        bytes memory again = abi.encodeCall(ICourt.rearm, (id));
        (bool success,) = address(theCourt).call(again);
        assertTrue(!success, "not rolled again");
        (bytes32 kept,) = theCourt.evidenceOf(id);
        assertEq(kept, seed, "kept");
    }

    /// @dev With nobody there to draw, each side can let pass four seeds, and then the provider is paid.
    function test_attack_everySeedIsMissed() public {
        dispute(1, RIGHT);
        for (uint256 i = 0; i < 3; ++i) {
            vm.roll(block.number + 300);
            theCourt.rearm(id);
        }
        vm.roll(block.number + 300);
        theCourt.tally(deal);
        finish();
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "provider");
        assertEq(escrow.freeOf(creator), FUNDS - PRICE, "the deposit goes back");
    }

    function _buySeats(uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            takeSeat(BUYER, JS);
        }
    }

    function _drawWith(bytes32 seed) private {
        vm.assume(seed != 0); // a block's hash is not
        rollToSeed();
        vm.setBlockhash(block.number - 1, seed);
        while (theCourt.disputeOf(id).phase == ICourt.Phase.Drawing) {
            theCourt.draw(deal);
        }
    }
}

/// @title Vacancies by the hundred: seats that were taken and left, to bury those that serve.
contract TombstoneAttacksTest is CourtTest {
    uint256 private constant HONEST = 12;
    uint256 private constant FLOOD = 29 * HONEST;
    address private constant FLOODER = address(0xF100D);

    function firstSeats() internal pure override returns (uint256) {
        return HONEST;
    }

    function setUp() public override {
        super.setUp();
        vm.pauseGasMetering();
        for (uint256 i = 0; i < FLOOD; ++i) {
            uint256 seat = takeSeat(FLOODER, JS);
            vm.prank(FLOODER);
            theCourt.askExit(seat);
        }
        // the price of it: 29 times what all honest seats have together, out of reach for the delay
        assertEq(escrow.freeOf(address(theCourt)), 30 * HONEST * SEAT_STAKE, "staked");
        vm.warp(block.timestamp + EXIT_DELAY + 1);
        for (uint256 i = 0; i < FLOOD; ++i) {
            vm.prank(FLOODER);
            theCourt.leaveSeat(HONEST + i);
        }
        vm.resumeGasMetering();
    }

    /// @dev One position in 30 can serve: a round is drawn all the same, in at most 20 calls of bounded gas.
    /// forge-config: ci.fuzz.runs = 256
    function test_attack_vacanciesBuryTheSeats(bytes32 seed) public {
        vm.assume(seed != 0);
        dispute(1, RIGHT);
        rollToSeed();
        vm.setBlockhash(block.number - 1, seed);
        uint256 calls = 0;
        for (; theCourt.disputeOf(id).phase == ICourt.Phase.Drawing; ++calls) {
            uint256 before = gasleft();
            theCourt.draw(deal);
            assertTrue(before - gasleft() < 500_000, "a call is cheap");
        }
        assertTrue(calls <= 20, "drawn");
    }

    /// @dev A decline draws its replacement in one call, and may have to try every position that is left.
    /// forge-config: ci.fuzz.runs = 256
    function test_attack_vacanciesMakeADeclineExpensive(bytes32 seed) public {
        vm.assume(seed != 0);
        dispute(1, RIGHT);
        rollToSeed();
        vm.setBlockhash(block.number - 1, seed);
        while (theCourt.disputeOf(id).phase == ICourt.Phase.Drawing) {
            theCourt.draw(deal);
        }
        address owner = memberOwner(0);
        uint256 before = gasleft();
        vm.prank(owner);
        (bool success,) = address(theCourt).call(abi.encodeCall(ICourt.decline, (deal, 0)));
        assertTrue(before - gasleft() < 6_000_000, "fits any block");
        assertTrue(success == (theCourt.disputeOf(id).members == 4), "replaced, or still drawn");
    }

    /// @dev Who comes next takes a vacancy, so that the flood dries up instead of growing.
    function test_attack_vacanciesAreTakenFirst() public {
        for (uint256 i = 0; i < 100; ++i) {
            takeSeat(ownerOf(100 + i), JS);
        }
        assertEq(theCourt.seatCount(), 30 * HONEST, "no new position");
    }
}
