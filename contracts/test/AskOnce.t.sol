// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AskOnce} from "../src/examples/AskOnce.sol";
import {IJobConsumer} from "../src/interfaces/IJobBoard.sol";
import {BoardTest} from "./base/BoardTest.sol";

contract AskOnceTest is BoardTest {
    AskOnce private _example;

    function setUp() public override {
        super.setUp();
        _example = new AskOnce(address(board), hex"a2", hex"ff");
        token.approve(address(_example), type(uint256).max);
    }

    function test_ask_paysForTheCallerAndAsks() public {
        bytes32 request = _example.ask("moo", BID, BOARD_FEE, 3);
        assertEq(token.balanceOf(address(board)), BID + BOARD_FEE, "paid");
        assertEq(_example.askerOf(request), address(this), "asker");
        // padded with spaces to 24 bytes
        bytes memory spec = hex"a278186d6f6f202020202020202020202020202020202020202020ff";
        assertEq(_example.specOf("moo"), spec, "specification");
    }

    function test_ask_failsForATextThatIsTooLong() public {
        vm.expectPartialRevert(AskOnce.TextTooLong.selector);
        _example.ask(string(new bytes(256)), BID, BOARD_FEE, 3);
    }

    function test_onJobDone_isTheBoardsAlone() public {
        IJobConsumer.JobResult memory result;
        vm.expectPartialRevert(AskOnce.OnlyBoard.selector);
        _example.onJobDone("any", result);
    }

    function test_onJobDone_failsForARequestOfSomebodyElse() public {
        IJobConsumer.JobResult memory result;
        vm.expectRevert(abi.encodeWithSelector(AskOnce.NotAsked.selector, bytes32("any")));
        vm.prank(address(board));
        _example.onJobDone("any", result);
    }

    function test_onJobDone_keepsTheAnswer() public {
        bytes32 request = _example.ask("moo", BID, BOARD_FEE, 3);
        IJobConsumer.JobResult memory result;
        (result.exitCode, result.stdout) = (7, hex"0155");
        vm.prank(address(board));
        _example.onJobDone(request, result);
        assertEq(_example.answerTo(address(this)), hex"0155", "stdout");
        assertEq(_example.exitCodeOf(address(this)), 7, "exit code");
        (result.outcome, result.exitCode, result.stdout) = (1, 0, "");
        vm.prank(address(board));
        _example.onJobDone(request, result);
        assertEq(_example.exitCodeOf(address(this)), 257, "a timeout is no success");
    }
}
