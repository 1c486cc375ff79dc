// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";
import {RuleTable} from "./base/RuleTable.sol";

/// @title Every call of the court, in every phase of a dispute, by every kind of caller, before, at and after the deadline.
/// @notice tables/court.json is the whole rule book. What it does not name must fail.
contract CourtMatrixTest is CourtTest, RuleTable {
    enum Call {
        TakeSeat,
        AskExit,
        LeaveSeat,
        Begin,
        Draw,
        Rearm,
        Commit,
        Decline,
        Reveal,
        RevealCommitment,
        Tally,
        Appeal,
        Finish
    }
    enum Phase {
        None,
        Waiting,
        Ready,
        Missed,
        Lost,
        Seeded,
        Voting,
        VotingOver,
        Revealing,
        Judged,
        JudgedLast,
        Finished
    }

    string[13] private _rows = [
        "takeSeat",
        "askExit",
        "leaveSeat",
        "begin",
        "draw",
        "rearm",
        "commit",
        "decline",
        "reveal",
        "revealCommitment",
        "tally",
        "appeal",
        "finish"
    ];
    string[12] private _columns = [
        "none",
        "waiting",
        "ready",
        "missed",
        "lost",
        "seeded",
        "voting",
        "votingOver",
        "revealing",
        "judged",
        "judgedLast",
        "finished"
    ];
    string[5] private _roles = ["creator", "provider", "member", "another seat", "stranger"];

    address[5] private _callers;
    uint256 private _seat; // the member's: the first of the last round
    uint256 private _member;
    uint256 private _deadline;

    /// @dev A seat can leave two seconds after it asked, so that the clock of the dispute is the only one here.
    function settings() internal pure override returns (ICourt.Settings memory) {
        return ICourt.Settings(SEAT_STAKE, REVEAL_WINDOW, APPEAL_WINDOW, ACTIVATION, 1);
    }

    function setUp() public override {
        super.setUp();
        loadTable("court");
        takeSeats(5, DOCKER);
        vm.warp(block.timestamp + ACTIVATION + 1);
        IDealEscrow.Deal memory terms = committeeDeal(1);
        submitDeal(terms, RIGHT);
    }

    function test_matrix_none() public {
        _column(Phase.None);
    }

    function test_matrix_waiting() public {
        challengeDeal();
        _column(Phase.Waiting);
    }

    function test_matrix_ready() public {
        challengeDeal();
        rollToSeed();
        _column(Phase.Ready);
    }

    function test_matrix_missed() public {
        challengeDeal();
        vm.roll(block.number + 4 + 257);
        _column(Phase.Missed);
    }

    function test_matrix_lost() public {
        challengeDeal();
        for (uint256 i = 0; i < 3; ++i) {
            vm.roll(block.number + 4 + 257);
            theCourt.rearm(id);
        }
        vm.roll(block.number + 4 + 257);
        _column(Phase.Lost);
    }

    /// @dev Five seats of 45 can serve, and the seed brings two of them in its first 48 probes.
    function test_matrix_seeded() public {
        IDealEscrow.Deal memory terms = committeeDeal(2);
        terms.needs = DOCKER;
        submitDeal(terms, RIGHT);
        challengeDeal();
        rollToSeed();
        for (uint256 seed = 1;; ++seed) {
            uint256 snapshot = vm.snapshotState();
            vm.setBlockhash(block.number - 1, bytes32(seed));
            theCourt.draw(deal);
            if (theCourt.disputeOf(id).seated == 2) break;
            vm.revertToState(snapshot);
        }
        _column(Phase.Seeded);
    }

    function test_matrix_voting() public {
        _drawn();
        _column(Phase.Voting);
    }

    function test_matrix_votingOver() public {
        _drawn();
        commit(0, RIGHT);
        passDeadline();
        _column(Phase.VotingOver);
    }

    function test_matrix_revealing() public {
        _drawn();
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, RIGHT);
        }
        _column(Phase.Revealing);
    }

    function test_matrix_judged() public {
        _drawn();
        judgeAll(RIGHT);
        _column(Phase.Judged);
    }

    function test_matrix_judgedLast() public {
        _drawn();
        for (uint256 round = 0; round < 2; ++round) {
            judgeAll(RIGHT);
            appealAndDraw(creator);
        }
        judgeAll(RIGHT);
        _column(Phase.JudgedLast);
    }

    function test_matrix_finished() public {
        _drawn();
        judgeAll(RIGHT);
        finish();
        _column(Phase.Finished);
    }

    function _drawn() private {
        challengeDeal();
        drawAll();
    }

    function _column(Phase phase) private {
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        _deadline = d.deadline == 0 ? block.timestamp + 100 : d.deadline;
        if (phase == Phase.VotingOver) _deadline += REVEAL_WINDOW;
        _member = d.first;
        if (d.members != 0) _seat = theCourt.memberOf(id, _member).seat;
        _callers = [creator, provider, ownerOf(_seat), _ownerOfAnother(), stranger];
        for (uint256 i = 0; i < _callers.length; ++i) {
            escrow.deposit(_callers[i], SEAT_STAKE);
        }
        for (uint256 c = 0; c <= uint256(type(Call).max); ++c) {
            for (uint256 w = 0; w < _callers.length; ++w) {
                for (uint256 t = 0; t <= uint256(type(When).max); ++t) {
                    uint256 snapshot = vm.snapshotState();
                    _cell(Call(c), phase, w, When(t));
                    vm.revertToState(snapshot);
                }
            }
        }
    }

    function _cell(Call call, Phase phase, uint256 who, When when) private {
        uint256 deadline = _deadline;
        if (call == Call.Decline && phase == Phase.Voting) deadline -= VOTE_WINDOW * 2 / 3;
        else if (phase == Phase.Voting && when == When.After) commit(0, RIGHT);
        if (call == Call.LeaveSeat) {
            vm.prank(ownerOf(_seat));
            theCourt.askExit(_seat);
        }
        vm.warp(when == When.Before ? deadline - 1 : when == When.At ? deadline : deadline + 1);
        bytes memory data = _encode(call);
        vm.prank(_callers[who]);
        (bool success, bytes memory answer) = address(theCourt).call(data);

        string memory cell = string.concat(_rows[uint256(call)], " by ", _roles[who], ", ", nameOf(when));
        bytes4 expected = _expected(call, phase, who, when);
        if (expected == 0) {
            assertTrue(success, cell);
        } else {
            assertTrue(!success, cell);
            assertEq(bytes32(bytes4(answer)), bytes32(expected), cell);
        }
    }

    /// @dev A second after the vote window it is over, whether anybody has said so or not.
    function _expected(Call call, Phase phase, uint256 who, When when) private view returns (bytes4) {
        if (phase == Phase.Voting && when == When.After && call != Call.Decline) {
            (phase, when) = (Phase.VotingOver, When.Before);
        }
        return ruleFor(_rows[uint256(call)], _columns[uint256(phase)], _roles[who], when);
    }

    function _ownerOfAnother() private view returns (address) {
        for (uint256 i = 1;; ++i) {
            if (i != _seat && theCourt.seatAt(i).risk == 0) return ownerOf(i);
        }
        revert();
    }

    function _encode(Call call) private view returns (bytes memory) {
        IDealEscrow.Deal memory d = deal;
        if (call == Call.TakeSeat) return abi.encodeCall(ICourt.takeSeat, (JS));
        if (call == Call.AskExit) return abi.encodeCall(ICourt.askExit, (_seat));
        if (call == Call.LeaveSeat) return abi.encodeCall(ICourt.leaveSeat, (_seat));
        if (call == Call.Begin) return abi.encodeCall(ICourt.begin, (id));
        if (call == Call.Draw) return abi.encodeCall(ICourt.draw, (d));
        if (call == Call.Rearm) return abi.encodeCall(ICourt.rearm, (id));
        if (call == Call.Commit) return abi.encodeCall(ICourt.commit, (id, _member, voteOf(_member, RIGHT, false)));
        if (call == Call.Decline) return abi.encodeCall(ICourt.decline, (d, _member));
        if (call == Call.Reveal) return abi.encodeCall(ICourt.reveal, (id, _member, RIGHT, false, SALT));
        if (call == Call.RevealCommitment) return abi.encodeCall(ICourt.revealCommitment, (result, RIGHT, SALT));
        if (call == Call.Tally) return abi.encodeCall(ICourt.tally, (d));
        if (call == Call.Appeal) return abi.encodeCall(ICourt.appeal, (d, 1));
        return abi.encodeCall(ICourt.finish, (d, result));
    }
}
