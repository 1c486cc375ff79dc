// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IJobBoard, IJobConsumer} from "../src/interfaces/IJobBoard.sol";
import {BoardTest} from "./base/BoardTest.sol";

/// @dev What the board itself costs when a callback is called: it does nothing.
contract IdleConsumer is IJobConsumer {
    function onJobDone(bytes32, JobResult calldata) external {}
}

/// @title Gas of a request and its delivery, as whole transactions on cold storage, and the code size. A deal that goes well needs its
/// open and settle besides, which are the same as without a board.
/// forge-config: default.isolate = true
contract GasBoardTest is BoardTest {
    string private constant GROUP = "JobBoard";
    /// @dev What a job may cost beyond a normal deal.
    uint256 private constant TARGET = 150_000;

    function test_gas_job() public {
        IJobBoard.Order memory order = orderFor(address(new IdleConsumer()));
        // accounts and words that exist from then on, as for whoever has done it before
        for (uint256 seat = 0; seat < firstSeats(); ++seat) {
            IJobBoard.Request memory before = asked(order);
            IJobBoard.Delivery memory first = deliveryOf(before, seat, 0);
            openFor(first);
            settleFor(first);
            vm.warp(turnOf(before, seat) + 1);
            bring(before, first);
        }
        IJobBoard.Request memory r = asked(order);
        uint256 gas = vm.snapshotGasLastCall(GROUP, "request");
        IJobBoard.Delivery memory d = done(r);
        bring(r, d);
        gas += vm.snapshotGasLastCall(GROUP, "deliver, with callback");
        vm.snapshotValue(GROUP, "request and deliver, beyond a normal deal", gas);
        assertTrue(gas <= TARGET, "a job costs at most 150,000 beyond a normal deal");
    }

    function test_gas_otherEnds() public {
        IJobBoard.Request memory r = asked();
        vm.warp(r.createdAt + BOARD_TIMEOUT + 1);
        board.refund(r);
        vm.snapshotGasLastCall(GROUP, "refund");
        r = asked();
        bring(r, done(r));
        vm.snapshotGasLastCall(GROUP, "deliver, no callback, first of its parties");
        board.withdraw(REQUESTER);
        vm.snapshotGasLastCall(GROUP, "withdraw");
    }

    function test_size() public {
        vm.snapshotValue("size", "JobBoard, bytes of 24576", address(board).code.length);
    }
}
