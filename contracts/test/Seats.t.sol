// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";

/// @title Taking a seat, asking to leave, leaving.
contract SeatsTest is CourtTest {
    address private _owner = address(0x5EA7);

    function firstSeats() internal pure override returns (uint256) {
        return 5;
    }

    function test_takeSeat_stakes() public {
        escrow.deposit(_owner, SEAT_STAKE + 1);
        uint256 before = escrow.freeOf(address(theCourt));
        vm.expectEmit(address(theCourt));
        emit ICourt.SeatTaken(5, _owner, JS | DOCKER, block.timestamp + ACTIVATION);
        vm.prank(_owner);
        uint256 seat = theCourt.takeSeat(JS | DOCKER);
        assertEq(seat, 5, "index");
        assertEq(theCourt.seatCount(), 6, "count");
        ICourt.Seat memory s = theCourt.seatAt(5);
        assertEq(s.owner, _owner, "owner");
        assertTrue(s.from == block.timestamp + ACTIVATION && s.exit == 0, "times");
        assertTrue(s.stake == SEAT_STAKE && s.risk == 0 && s.capabilities == 5, "stake");
        assertEq(escrow.freeOf(_owner), 1, "free");
        assertEq(escrow.freeOf(address(theCourt)), before + SEAT_STAKE, "court");
    }

    function test_takeSeat_severalOfOneOwner() public {
        assertEq(takeSeat(_owner, JS), 5, "first");
        assertEq(takeSeat(_owner, JS), 6, "second");
    }

    function test_takeSeat_failsWithoutTheStake() public {
        escrow.deposit(_owner, SEAT_STAKE - 1);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, _owner, SEAT_STAKE - 1, SEAT_STAKE));
        vm.prank(_owner);
        theCourt.takeSeat(JS);
    }

    /// @dev A dispute counts positions in 32 bits.
    function test_takeSeat_failsIfTheCountWouldNotFit() public {
        bytes32 slot = bytes32(uint256(0));
        assertEq(uint256(vm.load(address(theCourt), slot)), 5, "slot of the length");
        escrow.deposit(_owner, 2 * SEAT_STAKE);
        vm.store(address(theCourt), slot, bytes32(uint256(type(uint32).max) - 1));
        vm.prank(_owner);
        theCourt.takeSeat(JS);
        assertEq(theCourt.seatCount(), type(uint32).max, "full");
        reverts(abi.encodeWithSelector(ICourt.NotEnoughSeats.selector, type(uint32).max, type(uint32).max));
        vm.prank(_owner);
        theCourt.takeSeat(JS);
    }

    function test_askExit_once() public {
        vm.expectEmit(address(theCourt));
        emit ICourt.SeatExitAsked(2, ownerOf(2), block.timestamp + EXIT_DELAY);
        vm.prank(ownerOf(2));
        theCourt.askExit(2);
        assertTrue(theCourt.seatAt(2).exit == block.timestamp, "exit");
        reverts(abi.encodeWithSelector(ICourt.WrongSeatState.selector, 2));
        vm.prank(ownerOf(2));
        theCourt.askExit(2);
    }

    function test_askExit_failsIfNotTheOwner() public {
        reverts(abi.encodeWithSelector(ICourt.NotSeatOwner.selector, 2, stranger));
        vm.prank(stranger);
        theCourt.askExit(2);
        reverts(abi.encodeWithSelector(ICourt.NotSeatOwner.selector, 5, stranger));
        vm.prank(stranger);
        theCourt.askExit(5);
    }

    function test_leaveSeat_afterTheDelay() public {
        vm.prank(ownerOf(2));
        theCourt.askExit(2);
        uint256 leaveAfter = block.timestamp + EXIT_DELAY;
        vm.warp(leaveAfter);
        reverts(abi.encodeWithSelector(IDealEscrow.TooEarly.selector, leaveAfter + 1, leaveAfter));
        vm.prank(ownerOf(2));
        theCourt.leaveSeat(2);
        vm.warp(leaveAfter + 1);
        vm.expectEmit(address(theCourt));
        emit ICourt.SeatLeft(2, ownerOf(2), SEAT_STAKE);
        vm.prank(ownerOf(2));
        theCourt.leaveSeat(2);
        assertEq(escrow.freeOf(ownerOf(2)), SEAT_STAKE, "free");
        assertEq(theCourt.seatAt(2).owner, address(0), "vacant");
        assertEq(theCourt.seatCount(), 5, "nothing moved");
        reverts(abi.encodeWithSelector(ICourt.NotSeatOwner.selector, 2, ownerOf(2)));
        vm.prank(ownerOf(2));
        theCourt.leaveSeat(2);
    }

    function test_leaveSeat_failsIfNotAsked() public {
        reverts(abi.encodeWithSelector(ICourt.WrongSeatState.selector, 2));
        vm.prank(ownerOf(2));
        theCourt.leaveSeat(2);
    }

    function test_leaveSeat_failsIfNotTheOwner() public {
        reverts(abi.encodeWithSelector(ICourt.NotSeatOwner.selector, 2, stranger));
        vm.prank(stranger);
        theCourt.leaveSeat(2);
    }

    /// @dev The stake answers for the dispute until it is finished, however long that takes.
    function test_leaveSeat_failsWhileADisputeHoldsIt() public {
        dispute(1, RIGHT);
        drawAll();
        judgeAll(RIGHT);
        uint256 seat = theCourt.memberOf(id, 0).seat;
        address owner = ownerOf(seat);
        vm.prank(owner);
        theCourt.askExit(seat);
        vm.warp(block.timestamp + EXIT_DELAY + 1);
        reverts(abi.encodeWithSelector(ICourt.SeatAtRisk.selector, seat, 3 * FEE));
        vm.prank(owner);
        theCourt.leaveSeat(seat);
        finish();
        vm.prank(owner);
        theCourt.leaveSeat(seat);
        assertEq(escrow.freeOf(owner), SEAT_STAKE + FEE, "stake and fee");
    }

    function test_leaveSeat_leavesAPlaceForAnother() public {
        for (uint256 i = 1; i <= 3; i += 2) {
            vm.prank(ownerOf(i));
            theCourt.askExit(i);
        }
        vm.warp(block.timestamp + EXIT_DELAY + 1);
        for (uint256 i = 1; i <= 3; i += 2) {
            vm.prank(ownerOf(i));
            theCourt.leaveSeat(i);
        }
        assertEq(takeSeat(_owner, JS), 3, "the last one left");
        assertEq(takeSeat(_owner, JS), 1, "then the one before");
        assertEq(takeSeat(_owner, JS), 5, "then a new one");
        ICourt.Seat memory s = theCourt.seatAt(3);
        assertTrue(s.exit == 0 && s.from == block.timestamp + ACTIVATION && s.risk == 0, "as new");
    }

    function test_seatsFrom_pages() public view {
        assertEq(theCourt.seatsFrom(0, 3).length, 3, "first page");
        ICourt.Seat[] memory page = theCourt.seatsFrom(3, 3);
        assertEq(page.length, 2, "last page");
        assertEq(page[1].owner, ownerOf(4), "owner");
        assertEq(theCourt.seatsFrom(5, 3).length, 0, "beyond");
        assertEq(theCourt.seatsFrom(type(uint256).max, type(uint256).max).length, 0, "far beyond");
        assertEq(theCourt.seatsFrom(0, type(uint256).max).length, 5, "all");
    }
}
