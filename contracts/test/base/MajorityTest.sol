// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AskMajority} from "../../src/examples/AskMajority.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {IJobBoard} from "../../src/interfaces/IJobBoard.sol";
import {BoardTest} from "./BoardTest.sol";

/// @title A contract that asks several times, beside a board with agents of a seat each. All requests are placed for one turn, so that
/// every agent may bring every one of them, in any order.
abstract contract MajorityTest is BoardTest {
    uint256 internal constant EACH = BID + BOARD_FEE;
    address internal constant OTHER_ASKER = address(0xB0B);

    AskMajority internal example;

    function firstSeats() internal pure virtual override returns (uint256) {
        return 8;
    }

    function setUp() public virtual override {
        super.setUp();
        example = new AskMajority(address(board));
        _welcome(REQUESTER);
        fund(OTHER_ASKER);
        _welcome(OTHER_ASKER);
    }

    // ---- asking

    function terms() internal pure returns (AskMajority.Terms memory) {
        return AskMajority.Terms(uint96(BID), uint96(BOARD_FEE), TURN, 1, BOARD_TIMEOUT);
    }

    /// @dev The requests that the next question becomes if it is asked now.
    function requestsOf(uint256 question, uint256 copies, AskMajority.Terms memory t)
        internal
        view
        returns (IJobBoard.Request[] memory requests)
    {
        requests = new IJobBoard.Request[](copies);
        for (uint256 i = 0; i < copies; ++i) {
            IJobBoard.Order memory o;
            (o.bid, o.fee, o.turn, o.turns, o.timeout) = (t.bid, t.fee, t.turn, t.turns, t.timeout);
            (o.callback, o.callbackGas) = (address(example), example.CALLBACK_GAS());
            o.lane = example.laneOf(question, i);
            requests[i] = placed(address(example), o);
        }
    }

    function askedBy(address asker, uint256 copies)
        internal
        returns (uint256 question, IJobBoard.Request[] memory requests)
    {
        vm.prank(asker);
        question = example.ask(copies, terms(), SPEC_BLOCK);
        requests = requestsOf(question, copies, terms());
        // no delivery in the second of the request
        vm.warp(block.timestamp + 1);
    }

    // ---- answering

    /// @dev Programs that printed different things: equal for equal numbers.
    function runOf(uint256 what) internal pure returns (IJobBoard.Run memory run) {
        run = runOf();
        run.stdout = keccak256(abi.encode("printed", what));
    }

    function answer(IJobBoard.Request memory r, uint256 seat, IJobBoard.Run memory run, uint256 charge) internal {
        bring(r, worked(r, seat, run, charge));
    }

    function answer(IJobBoard.Request memory r, uint256 seat, uint256 what) internal {
        answer(r, seat, runOf(what), PRICE);
    }

    /// @dev A deal of the seat's owner that came to `run`, and is paid: what a delivery needs.
    function worked(IJobBoard.Request memory r, uint256 seat, IJobBoard.Run memory run, uint256 charge)
        internal
        returns (IJobBoard.Delivery memory d)
    {
        d = deliveryOf(r, seat, 0);
        d.run = run;
        d.deal.price = charge;
        bytes32 dealId = idOf(d.deal);
        bytes32 commitment = keccak256(abi.encode(dealId, digestFor(run), SALT));
        d.result = IDealEscrow.Result(dealId, commitment, MANIFEST, charge);
        openFor(d);
        settleFor(d);
    }

    function digestFor(IJobBoard.Run memory run) internal pure returns (bytes32) {
        return run.outcome == 0 ? digestOf7(run) : TIMEOUT;
    }

    function timedOut() internal pure returns (IJobBoard.Run memory run) {
        (run.outcome, run.salt) = (1, SALT);
    }

    // ---- what came of it

    function assertState(uint256 question, AskMajority.State expected) internal view {
        assertEq(uint256(example.stateOf(question)), uint256(expected), "state");
    }

    /// @dev What the contract holds, here and on the board.
    function heldBy() internal view returns (uint256) {
        return token.balanceOf(address(example)) + board.creditOf(address(example));
    }

    function none() internal pure returns (IJobBoard.Request[] memory) {
        return new IJobBoard.Request[](0);
    }

    function _welcome(address asker) private {
        vm.prank(asker);
        token.approve(address(example), type(uint256).max);
    }
}
