// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IJobBoard} from "../src/interfaces/IJobBoard.sol";
import {BoardTest} from "./base/BoardTest.sol";
import {RuleTable} from "./base/RuleTable.sol";

/// @title Every call of a request, in every state of it, by every kind of caller, before, at and after its deadline.
/// @notice tables/board.json is the whole rule book. A lane belongs to who asks in it, so `request` is the requester's here.
contract BoardMatrixTest is BoardTest, RuleTable {
    enum Call {
        Request,
        Deliver,
        Refund,
        Withdraw
    }

    string[4] private _rows = ["request", "deliver", "refund", "withdraw"];
    string[4] private _roles = ["requester", "agent", "provider", "stranger"];

    IJobBoard.Request private _r;
    IJobBoard.Delivery private _d;

    function setUp() public override {
        super.setUp();
        loadTable("board");
    }

    function test_matrix_none() public {
        uint256 snapshot = vm.snapshotState();
        IJobBoard.Request memory r = asked();
        vm.revertToState(snapshot);
        _arrange(r);
        _column("none");
    }

    function test_matrix_open() public {
        _arrange(asked());
        _column("open");
    }

    function test_matrix_delivered() public {
        _arrange(asked());
        bring(_r, _d);
        _column("delivered");
    }

    function test_matrix_refunded() public {
        _arrange(asked());
        vm.warp(_r.createdAt + BOARD_TIMEOUT + 1);
        board.refund(_r);
        _column("refunded");
    }

    function _arrange(IJobBoard.Request memory r) private {
        (_r, _d) = (r, done(r));
    }

    function _column(string memory column) private {
        for (uint256 c = 0; c <= uint256(type(Call).max); ++c) {
            for (uint256 w = 0; w < _roles.length; ++w) {
                if (Call(c) == Call.Request && w != 0) continue;
                for (uint256 t = 0; t <= uint256(type(When).max); ++t) {
                    uint256 snapshot = vm.snapshotState();
                    _cell(Call(c), column, w, When(t));
                    vm.revertToState(snapshot);
                }
            }
        }
    }

    function _cell(Call call, string memory column, uint256 who, When when) private {
        uint256 deadline = _r.createdAt + BOARD_TIMEOUT;
        vm.warp(when == When.Before ? deadline - 1 : when == When.At ? deadline : deadline + 1);
        string memory what = string.concat(_rows[uint256(call)], " in ", column, " by ", _roles[who], " ", nameOf(when));
        bytes4 expected = ruleFor(_rows[uint256(call)], column, _roles[who], when);
        uint256 before = token.balanceOf(address(board));
        bytes memory data = _dataOf(call);
        vm.prank(_accountOf(who));
        (bool success, bytes memory answer) = address(board).call(data);
        assertTrue(success == (expected == 0), what);
        if (success) return;
        assertEq(bytes32(bytes4(answer)), bytes32(expected), what);
        assertEq(token.balanceOf(address(board)), before, what);
    }

    function _accountOf(uint256 who) private view returns (address) {
        if (who == 0) return REQUESTER;
        return who == 1 ? _d.deal.creator : who == 2 ? provider : stranger;
    }

    function _dataOf(Call call) private view returns (bytes memory) {
        if (call == Call.Request) return abi.encodeCall(IJobBoard.request, (orderFor(address(0)), SPEC_BLOCK));
        if (call == Call.Deliver) {
            return abi.encodeCall(IJobBoard.deliver, (_r, _d, sign(PROVIDER_KEY, _d.result)));
        }
        if (call == Call.Refund) return abi.encodeCall(IJobBoard.refund, (_r));
        return abi.encodeCall(IJobBoard.withdraw, (REQUESTER));
    }
}
