// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DealEscrow} from "../../src/DealEscrow.sol";
import {JobBoard} from "../../src/JobBoard.sol";
import {IJobBoard, IJobConsumer} from "../../src/interfaces/IJobBoard.sol";
import {BoardTest} from "../base/BoardTest.sol";
import {Bomber, Burner, Listener, Reentrant, Reverting, Suicide} from "../mocks/Consumers.sol";
import {FeeToken, HookToken} from "../mocks/Tokens.sol";

/// @title Hostile callbacks and tokens.
contract BoardAttacksTest is BoardTest {
    uint256 private constant CALLBACK_GAS = 200_000;

    function test_callback_isToldWhatCameOut() public {
        Listener listener = new Listener();
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d,) = _ready(address(listener));
        bring(r, d);
        IJobConsumer.JobResult memory expected = IJobConsumer.JobResult({
            outcome: 0,
            exitCode: 7,
            digest: digestOf7(d.run),
            agent: d.deal.creator,
            charge: PRICE,
            manifest: abi.encodePacked(hex"01711220", MANIFEST),
            stdout: abi.encodePacked(hex"01551220", d.run.stdout),
            outputs: abi.encodePacked(hex"01701220", d.run.outputs)
        });
        assertEq(listener.request(), requestId(r), "request");
        assertEq(listener.told(), keccak256(abi.encode(expected)), "result");
    }

    function test_callback_cannotReenter() public {
        Reentrant consumer = new Reentrant();
        fund(address(consumer));
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) = _ready(address(consumer));
        IJobBoard.Order memory order = orderFor(address(consumer));
        bytes[5] memory calls = [
            abi.encodeCall(IJobBoard.request, (order, SPEC_BLOCK)),
            abi.encodeCall(IJobBoard.requestWithPermit, (order, SPEC_BLOCK, 0, 0, 0, 0)),
            abi.encodeCall(IJobBoard.deliver, (r, d, signature)),
            abi.encodeCall(IJobBoard.refund, (r)),
            abi.encodeCall(IJobBoard.withdraw, (REQUESTER))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            consumer.arm(calls[i]);
            bring(r, d, signature);
            assertTrue(consumer.called() && !consumer.succeeded(), "refused");
            _assertPaid(r, d);
            vm.revertToState(snapshot);
        }
    }

    function test_callback_thatFailsBlocksNothing() public {
        address[4] memory hostile = [
            address(new Reverting()),
            address(new Burner()),
            address(new Bomber(true)),
            address(0xB0A2D) // nothing lies there: no code, no failure
        ];
        for (uint256 i = 0; i < hostile.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) = _ready(hostile[i]);
            if (i != 3) {
                vm.expectEmit(address(board));
                emit IJobBoard.CallbackFailed(requestId(r), hostile[i]);
            }
            bring(r, d, signature);
            _assertPaid(r, d);
            vm.revertToState(snapshot);
        }
    }

    function test_callback_cannotTakeMoreGasThanWasPromised() public {
        address[3] memory hostile = [address(new Burner()), address(new Bomber(false)), address(new Suicide())];
        for (uint256 i = 0; i < hostile.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) = _ready(hostile[i]);
            uint256 before = gasleft();
            bring(r, d, signature);
            assertTrue(before - gasleft() < CALLBACK_GAS + 250_000, "bounded by what was promised");
            _assertPaid(r, d);
            vm.revertToState(snapshot);
        }
    }

    /// @dev Whatever gas a delivery is given, the callback gets all of its own or nothing happens.
    function testFuzz_callback_getsAllOfItsGasOrNothingHappens(uint256 gasLimit) public {
        Listener listener = new Listener();
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) = _ready(address(listener));
        gasLimit = bound(gasLimit, 30_000, 900_000);
        vm.prank(d.deal.creator);
        try board.deliver{gas: gasLimit}(r, d, signature) {
            // 2,000 for finding its function and reading what it is given
            assertTrue(listener.gasGiven() > CALLBACK_GAS - 2_000, "all of it");
            _assertPaid(r, d);
        } catch {
            assertLane(r, IJobBoard.State.Open);
        }
    }

    function test_deliver_tellsWhenGasIsTooLittle() public {
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) =
            _ready(address(new Listener()));
        vm.expectPartialRevert(IJobBoard.NotEnoughGas.selector);
        vm.prank(d.deal.creator);
        board.deliver{gas: CALLBACK_GAS}(r, d, signature);
    }

    function test_token_withAFeeIsRefused() public {
        JobBoard other = _boardFor(address(new FeeToken()));
        vm.expectPartialRevert(IJobBoard.TransferShortfall.selector);
        other.request(orderFor(address(0)), SPEC_BLOCK);
    }

    function test_token_cannotReenter() public {
        HookToken hook = new HookToken();
        JobBoard other = _boardFor(address(hook));
        IJobBoard.Request memory r = placed(address(this), orderFor(address(0)), address(other));
        bytes[3] memory calls = [
            abi.encodeCall(IJobBoard.request, (orderFor(address(0)), SPEC_BLOCK)),
            abi.encodeCall(IJobBoard.refund, (r)),
            abi.encodeCall(IJobBoard.withdraw, (address(this)))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            hook.arm(address(other), calls[i]);
            other.request(orderFor(address(0)), SPEC_BLOCK);
            assertTrue(!hook.succeeded(), "refused");
            // and while it pays out
            hook.arm(address(other), calls[i]);
            vm.warp(r.createdAt + BOARD_TIMEOUT + 1);
            other.refund(r);
            assertTrue(!hook.succeeded(), "refused again");
            assertEq(hook.balanceOf(address(other)), 0, "paid once");
            vm.revertToState(snapshot);
        }
    }

    function _boardFor(address token_) private returns (JobBoard other) {
        DealEscrow itsEscrow = new DealEscrow(token_, address(theCourt), MIN_WINDOW, MIN_SEAT_FEE);
        other = new JobBoard(address(itsEscrow));
        FeeToken(token_).approve(address(other), type(uint256).max);
    }

    function _ready(address consumer)
        private
        returns (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature)
    {
        r = asked(orderFor(consumer));
        d = done(r);
        signature = sign(PROVIDER_KEY, d.result);
    }

    function _assertPaid(IJobBoard.Request memory r, IJobBoard.Delivery memory d) private view {
        assertLane(r, IJobBoard.State.Delivered);
        assertEq(board.creditOf(d.deal.creator), PRICE + BOARD_FEE, "agent");
        assertEq(board.creditOf(REQUESTER), BID - PRICE, "requester");
    }
}
