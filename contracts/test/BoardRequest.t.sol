// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DealEscrow} from "../src/DealEscrow.sol";
import {JobBoard} from "../src/JobBoard.sol";
import {IJobBoard} from "../src/interfaces/IJobBoard.sol";
import {BoardTest} from "./base/BoardTest.sol";

/// @title Asking: what is taken, from whom, and within which bounds.
contract BoardRequestTest is BoardTest {
    uint256 private constant AMOUNT = BID + BOARD_FEE;
    uint256 private constant WALLET_KEY = 0xA77E7;
    bytes32 private constant PERMIT_TYPE =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function test_constructor_failsWithoutACourt() public {
        DealEscrow alone = new DealEscrow(address(token), address(0), MIN_WINDOW, MIN_SEAT_FEE);
        reverts(abi.encodeWithSelector(IJobBoard.BadEscrow.selector, address(alone)));
        new JobBoard(address(alone));
    }

    function test_request_takesBidAndFeeFromTheCaller() public {
        IJobBoard.Request memory r = placed(REQUESTER, orderFor(address(0)));
        vm.expectEmit(address(board));
        emit IJobBoard.Requested(requestId(r), REQUESTER, r, SPEC_BLOCK);
        asked();
        assertEq(token.balanceOf(REQUESTER), FUNDS - AMOUNT, "paid");
        assertEq(token.balanceOf(address(board)), AMOUNT, "held");
        assertEq(board.idOf(r), requestId(r), "id");
        assertLane(r, IJobBoard.State.Open);
    }

    function test_request_neverSpendsAnAllowanceOfSomebodyElse() public {
        vm.prank(stranger);
        vm.expectRevert();
        board.request(orderFor(address(0)), SPEC_BLOCK);
        assertEq(token.balanceOf(REQUESTER), FUNDS, "untouched");
    }

    function test_request_takesACid() public {
        IJobBoard.Request memory r = placed(REQUESTER, orderFor(address(0)));
        bytes memory cid = abi.encodePacked(hex"01711220", r.spec);
        vm.prank(REQUESTER);
        assertEq(board.request(orderFor(address(0)), cid), requestId(r), "the same as for its block");
    }

    function test_request_failsIfJobIsEmptyOrTooLong() public {
        bytes[2] memory jobs = [bytes(""), new bytes(4097)];
        for (uint256 i = 0; i < jobs.length; ++i) {
            reverts(abi.encodeWithSelector(IJobBoard.BadJob.selector, jobs[i].length, 4096));
            vm.prank(REQUESTER);
            board.request(orderFor(address(0)), jobs[i]);
        }
        vm.prank(REQUESTER);
        board.request(orderFor(address(0)), new bytes(4096));
    }

    function test_request_failsOutOfEachRange() public {
        IJobBoard.Order[8] memory orders;
        for (uint256 i = 0; i < orders.length; ++i) {
            orders[i] = orderFor(address(0));
        }
        orders[0].bid = 1 << 96;
        orders[1].fee = 1 << 96;
        orders[2].callbackGas = 1_000_001;
        orders[3].turn = 0;
        orders[4].turn = 1 days + 1;
        orders[5].turns = 0;
        orders[6].timeout = TURN - 1;
        orders[7].timeout = 30 days + 1;
        for (uint256 i = 0; i < orders.length; ++i) {
            vm.expectRevert();
            vm.prank(REQUESTER);
            board.request(orders[i], SPEC_BLOCK);
            vm.expectRevert();
            vm.prank(REQUESTER);
            board.requestWithPermit(orders[i], SPEC_BLOCK, block.timestamp, 27, 0, 0);
        }
    }

    function test_request_hasLanes() public {
        IJobBoard.Order memory order = orderFor(address(0));
        asked(order);
        reverts(abi.encodeWithSelector(IJobBoard.LaneBusy.selector, REQUESTER, 0));
        vm.prank(REQUESTER);
        board.request(order, SPEC_BLOCK);
        order.lane = 1;
        assertLane(asked(order), IJobBoard.State.Open);
    }

    function test_requestWithPermit_needsNoAllowance() public {
        address wallet = vm.addr(WALLET_KEY);
        fund(wallet, AMOUNT);
        bytes32 hash = keccak256(abi.encode(PERMIT_TYPE, wallet, address(board), AMOUNT, 0, block.timestamp));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(WALLET_KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), hash)));
        // somebody else brings it first: no harm
        token.permit(wallet, address(board), AMOUNT, block.timestamp, v, r, s);
        vm.prank(wallet);
        board.requestWithPermit(orderFor(address(0)), SPEC_BLOCK, block.timestamp, v, r, s);
        assertEq(token.balanceOf(wallet), 0, "paid");
    }

    function test_refund_givesEverythingBack() public {
        IJobBoard.Request memory r = asked();
        vm.warp(r.createdAt + BOARD_TIMEOUT + 1);
        vm.expectEmit(address(board));
        emit IJobBoard.Refunded(requestId(r), REQUESTER, AMOUNT);
        vm.prank(stranger);
        board.refund(r);
        assertEq(token.balanceOf(REQUESTER), FUNDS, "all of it");
        assertLane(r, IJobBoard.State.Refunded);
    }

    function test_refund_failsForTermsThatWereNotPlaced() public {
        IJobBoard.Request memory r = asked();
        vm.warp(r.createdAt + BOARD_TIMEOUT + 1);
        r.bid += 1;
        reverts(abi.encodeWithSelector(IJobBoard.WrongRequestState.selector, requestId(r), IJobBoard.State.None));
        board.refund(r);
    }

    function testFuzz_placeOf_isBelowTurns(bytes32 id, uint256 seat, uint256 turns) public view {
        turns = bound(turns, 1, type(uint32).max);
        uint256 place = board.placeOf(id, seat, turns);
        assertTrue(place < turns, "a place");
        // the same seats in the same order, whatever the spread
        assertTrue(board.placeOf(id, seat, turns * 2) / 2 == place, "order");
    }
}
