// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AskMajority} from "../src/examples/AskMajority.sol";
import {IJobBoard, IJobConsumer} from "../src/interfaces/IJobBoard.sol";
import {MajorityTest} from "./base/MajorityTest.sol";

/// @title Gas of a question, as whole transactions on cold storage, and that the callback's gas is enough with plenty to spare.
/// forge-config: default.isolate = true
contract GasMajorityTest is MajorityTest {
    string private constant GROUP = "AskMajority";
    uint256 private constant TRANSACTION = 21_000;

    function test_gas_ask() public {
        bytes memory cid = abi.encodePacked(hex"01711220", sha256(SPEC_BLOCK));
        vm.prank(REQUESTER);
        example.ask(3, terms(), cid); // words that exist from then on
        vm.prank(REQUESTER);
        example.ask(3, terms(), cid);
        vm.snapshotGasLastCall(GROUP, "ask, 3 requests by CID");
        vm.prank(REQUESTER);
        example.ask(7, terms(), cid);
        vm.snapshotGasLastCall(GROUP, "ask, 7 requests by CID");
    }

    /// @dev The last of seven, which decides, and is the first that leaves something of its bid.
    function test_gas_dearestCallback() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 7);
        for (uint256 i = 0; i < 6; ++i) {
            answer(r[i], i, runOf(i % 2), BID);
        }
        IJobBoard.Delivery memory d = worked(r[6], 6, runOf(0), PRICE);
        uint256 snapshot = vm.snapshotState();
        bring(r[6], d);
        vm.snapshotGasLastCall(GROUP, "deliver, the dearest");
        assertState(question, AskMajority.State.Decided);
        vm.revertToState(snapshot);
        IJobConsumer.JobResult memory result = IJobConsumer.JobResult({
            outcome: 0,
            exitCode: 7,
            digest: digestFor(d.run),
            agent: d.deal.creator,
            charge: PRICE,
            manifest: abi.encodePacked(hex"01711220", MANIFEST),
            stdout: abi.encodePacked(hex"01551220", d.run.stdout),
            outputs: abi.encodePacked(hex"01701220", d.run.outputs)
        });
        vm.prank(address(board));
        example.onJobDone(requestId(r[6]), result);
        uint256 gas = vm.snapshotGasLastCall(GROUP, "onJobDone, the dearest, as a transaction") - TRANSACTION;
        assertState(question, AskMajority.State.Decided);
        assertTrue(5 * gas < 3 * example.CALLBACK_GAS(), "two thirds more are there");
    }

    function test_gas_withdraw() public {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, 3);
        for (uint256 i = 0; i < 3; ++i) {
            answer(r[i], i, 1);
        }
        example.withdraw(question, none());
        vm.snapshotGasLastCall(GROUP, "withdraw, rests of 3 bids");
        (question, r) = askedBy(REQUESTER, 3);
        vm.warp(r[0].createdAt + BOARD_TIMEOUT + 1);
        example.withdraw(question, r);
        vm.snapshotGasLastCall(GROUP, "withdraw, of 3 unserved requests");
    }

    function test_size() public {
        vm.snapshotValue("size", "AskMajority, bytes of 24576", address(example).code.length);
    }
}
