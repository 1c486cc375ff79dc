// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AskMajority} from "../src/examples/AskMajority.sol";
import {IJobBoard, IJobConsumer} from "../src/interfaces/IJobBoard.sol";
import {MajorityTest} from "./base/MajorityTest.sol";
import {RuleTable} from "./base/RuleTable.sol";

/// @title Every call of a question of five requests, in every state of it, by every kind of caller, before, at and after its deadline.
/// @notice tables/majority.json is the whole rule book. In all states but the first some request is still open.
contract MajorityMatrixTest is MajorityTest, RuleTable {
    enum Call {
        OnJobDone,
        AnswerOf,
        Withdraw,
        WithdrawUnserved
    }

    uint256 private constant COPIES = 5;
    string[4] private _rows = ["onJobDone", "answerOf", "withdraw", "withdraw, of unserved requests"];
    string[4] private _roles = ["asker", "agent", "board", "stranger"];

    uint256 private _question;
    IJobBoard.Request[] private _unserved;
    uint256 private _deadline;

    function setUp() public override {
        super.setUp();
        loadTable("majority");
    }

    function test_matrix_none() public {
        uint256 snapshot = vm.snapshotState();
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, COPIES);
        vm.revertToState(snapshot);
        _keep(question, r, 0);
        _column("none", AskMajority.State.None, AskMajority.State.None);
    }

    function test_matrix_open() public {
        _arrange(0, 0);
        _column("open", AskMajority.State.Open, AskMajority.State.Undecided);
    }

    function test_matrix_decided() public {
        _arrange(3, 1);
        _column("decided", AskMajority.State.Decided, AskMajority.State.Decided);
    }

    function test_matrix_undecided() public {
        _arrange(4, 4);
        _column("undecided", AskMajority.State.Undecided, AskMajority.State.Undecided);
    }

    /// @dev So many answers, of so many kinds.
    function _arrange(uint256 answers, uint256 kinds) private {
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, COPIES);
        for (uint256 i = 0; i < answers; ++i) {
            answer(r[i], i, i % kinds);
        }
        _keep(question, r, answers);
    }

    function _keep(uint256 question, IJobBoard.Request[] memory r, uint256 from) private {
        (_question, _deadline) = (question, r[0].createdAt + BOARD_TIMEOUT);
        for (uint256 i = from; i < COPIES; ++i) {
            _unserved.push(r[i]);
        }
    }

    function _column(string memory column, AskMajority.State until, AskMajority.State afterwards) private {
        for (uint256 t = 0; t <= uint256(type(When).max); ++t) {
            vm.warp(_deadline + t - 1);
            assertState(_question, When(t) == When.After ? afterwards : until);
            for (uint256 c = 0; c <= uint256(type(Call).max); ++c) {
                for (uint256 w = 0; w < _roles.length; ++w) {
                    uint256 snapshot = vm.snapshotState();
                    _cell(Call(c), column, w, When(t));
                    vm.revertToState(snapshot);
                }
            }
        }
    }

    function _cell(Call call, string memory column, uint256 who, When when) private {
        string memory row = _rows[uint256(call)];
        string memory what = string.concat(row, " in ", column, " by ", _roles[who], " ", nameOf(when));
        bytes4 expected = ruleFor(row, column, _roles[who], when);
        (uint256 held, uint256 owned) = (heldBy(), token.balanceOf(REQUESTER));
        bytes memory data = _dataOf(call);
        vm.prank(_accountOf(who));
        (bool success, bytes memory result) = address(example).call(data);
        assertTrue(success == (expected == 0), what);
        if (!success) assertEq(bytes32(bytes4(result)), bytes32(expected), what);
        bool pays = success && uint256(call) >= uint256(Call.Withdraw);
        assertTrue(pays == (token.balanceOf(REQUESTER) > owned), what);
        assertTrue(pays || heldBy() == held, what);
    }

    function _accountOf(uint256 who) private view returns (address) {
        return who == 0 ? REQUESTER : who == 1 ? ownerOf(0) : who == 2 ? address(board) : stranger;
    }

    function _dataOf(Call call) private view returns (bytes memory) {
        if (call == Call.OnJobDone) {
            IJobConsumer.JobResult memory result;
            result.outcome = 1;
            return abi.encodeCall(IJobConsumer.onJobDone, (requestId(_unserved[0]), result));
        }
        if (call == Call.AnswerOf) return abi.encodeCall(AskMajority.answerOf, (_question));
        if (call == Call.Withdraw) return abi.encodeCall(AskMajority.withdraw, (_question, none()));
        return abi.encodeCall(AskMajority.withdraw, (_question, _unserved));
    }
}
