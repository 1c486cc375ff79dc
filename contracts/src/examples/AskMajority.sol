// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IJobBoard, IJobConsumer} from "../interfaces/IJobBoard.sol";

/// @title Example: asks for one job several times, and takes the answer that more than half of the requests brought by different agents.
/// @notice One request trusts one agent: whose turn it is can be its own provider and invent what came out. Here that takes seats of more
/// than half of the requests, under as many accounts. An agent's second answer does not count, however many requests it won.
/// What it takes to deceive a majority, in numbers: docs/board.md, "Several requests and a majority".
///
/// For wallets and for contracts: who asks pays, and gets back what was not spent, by anybody's call. There is no owner and no fee.
/// Whoever asks also chooses the block, and in it sees which agents are first. So read the questions of somebody who gains nothing by a wrong
/// answer: your own, or those of an asker that you trust.
///
/// Others read the answer; nothing is called when there is one. A call that fails would take the answer and the books of the money with it.
contract AskMajority is IJobConsumer, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Of each of the requests, as in IJobBoard.Order.
    /// @dev Widths that keep sums from overflowing; the rest the board checks.
    struct Terms {
        uint96 bid;
        uint96 fee;
        uint256 turn; // longer than the job takes from offer to result, or who computes nothing is sooner than who computes
        uint256 turns;
        uint256 timeout;
    }

    enum State {
        None,
        Open, // there may still be a majority
        Decided,
        Undecided // there is none, and there will be none
    }

    struct Question {
        address asker; // slot 0: 20 bytes; paid, and gets back what was not spent
        uint48 deadline; // slot 0: 6 bytes; unix seconds, up to and including it an answer may come
        uint8 copies; // slot 0: 1 byte; how many requests there are
        uint8 delivered; // slot 0: 1 byte; of them brought a result
        uint8 answers; // slot 0: 1 byte; of them count: each of another agent
        uint8 best; // slot 0: 1 byte; most that are equal
        uint8 chosen; // slot 0: 1 byte; once decided: the position of an answer of the majority
        uint8 refunded; // slot 0: 1 byte; bit i: the money of request i came back, and is in `due` or paid
        uint96 bid; // slot 1: 12 bytes
        uint96 fee; // slot 1: 12 bytes
        uint256 due; // token units; what is the asker's now
    }

    struct Answer {
        address agent; // slot 0: 20 bytes
        uint16 exitCode; // slot 0: 2 bytes; 256 + outcome where the program did not exit
        uint8 stdoutCodec; // slot 0: 1 byte; of its CID
        bytes32 digest; // of exit code, standard output and outputs: equal for runs that came to the same
    }

    /// @dev sha2-256 in the CIDs; the rest of a CID is the same for all, but for the codec.
    struct Output {
        bytes32 stdout;
        bytes32 outputs;
    }

    uint256 public constant MIN_COPIES = 3;
    /// @dev What a callback compares grows with it, and so does what all agents ask for their gas.
    uint256 public constant MAX_COPIES = 7;
    /// @notice What the callback gets, and agents charge for. The dearest (the last of seven, which decides) takes about half: a failed
    /// callback is not repeated, so this has to last through dearer storage too.
    uint256 public constant CALLBACK_GAS = 300_000;
    /// @dev Lanes of a question. None is used twice, so a lane says for good what became of its request.
    uint256 private constant LANES = 8;
    uint8 private constant DAG_PB = 0x70;

    IJobBoard public immutable board;
    IERC20 private immutable _token;
    uint256 private _last;
    mapping(uint256 question => Question) private _questions;
    mapping(uint256 question => mapping(uint256 position => Answer)) private _answers;
    mapping(uint256 question => Output) private _outputs;
    mapping(bytes32 request => uint256 lane) private _lanes;

    event Asked(uint256 indexed question, address indexed asker, bytes32[] requests);
    /// @param counted not of an agent that had answered already, and not after the decision
    event Answered(
        uint256 indexed question,
        bytes32 indexed request,
        address indexed agent,
        bytes32 digest,
        bytes manifest,
        bool counted
    );
    event Decided(uint256 indexed question, bytes32 digest);
    event Withdrawn(uint256 indexed question, address indexed asker, uint256 amount);

    /// @notice An odd number, so that two halves cannot be equal.
    error BadCopies(uint256 copies, uint256 min, uint256 max);
    error OnlyBoard(address caller);
    error NotAsked(bytes32 request);
    error NotDecided(uint256 question, State actual);
    error NothingToWithdraw(uint256 question);

    constructor(address board_) {
        board = IJobBoard(board_);
        _token = IERC20(board.token());
    }

    // ---- asking

    /// @notice Asks the board for `job` `copies` times. Takes copies · (bid + fee) from the caller, by an allowance to this contract.
    /// @param copies 3, 5 or 7
    /// @param job as for the board; the CID is cheaper, because every request carries it
    /// @return question a number from 1 on
    function ask(uint256 copies, Terms calldata terms, bytes calldata job)
        external
        nonReentrant
        returns (uint256 question)
    {
        if (copies < MIN_COPIES || copies > MAX_COPIES || copies % 2 == 0) {
            revert BadCopies(copies, MIN_COPIES, MAX_COPIES);
        }
        uint256 amount = copies * (uint256(terms.bid) + terms.fee);
        _token.safeTransferFrom(msg.sender, address(this), amount);
        // the board measures what arrives there: a token that takes a fee of transfers is refused by it
        _token.forceApprove(address(board), amount);
        question = ++_last;
        bytes32[] memory requests = new bytes32[](copies);
        for (uint256 i = 0; i < copies; ++i) {
            IJobBoard.Order memory order = IJobBoard.Order({
                bid: terms.bid,
                fee: terms.fee,
                callback: address(this),
                callbackGas: CALLBACK_GAS,
                turn: terms.turn,
                turns: terms.turns,
                timeout: terms.timeout,
                lane: laneOf(question, i)
            });
            // an answer cannot come in the second of its request, so it finds what is written here
            requests[i] = board.request(order, job);
            _lanes[requests[i]] = order.lane;
        }
        Question storage q = _questions[question];
        (q.asker, q.deadline, q.copies) = (msg.sender, uint48(block.timestamp + terms.timeout), uint8(copies));
        (q.bid, q.fee) = (terms.bid, terms.fee);
        emit Asked(question, msg.sender, requests);
    }

    /// @inheritdoc IJobConsumer
    /// @dev Calls nobody, and loops over six answers at most. No guard: it is called while the token moves, too, if a token calls its
    /// holders, and has to succeed; all that it touches was written by then.
    function onJobDone(bytes32 request, JobResult calldata result) external {
        if (msg.sender != address(board)) revert OnlyBoard(msg.sender);
        uint256 lane = _lanes[request];
        // anybody's request may name this contract as its callback
        if (lane == 0) revert NotAsked(request);
        uint256 question = lane / LANES;
        Question storage q = _questions[question];
        ++q.delivered;
        // the board has credited it to this contract, with what it owes for other questions
        q.due += q.bid - result.charge;
        bool counted = !_isDecided(q) && _count(question, q, result);
        emit Answered(question, request, result.agent, result.digest, result.manifest, counted);
    }

    // ---- money

    /// @notice Sends what a question did not spend to who asked it: rests of bids, and the money of requests that nobody served, once their
    /// time is over. Anyone may call, again and again.
    /// @param unserved requests of the question that are still open (from the board's events): their money is fetched here. Whoever fetched
    /// it before, by the board's `refund`, changes nothing
    function withdraw(uint256 question, IJobBoard.Request[] calldata unserved) external nonReentrant {
        for (uint256 i = 0; i < unserved.length; ++i) {
            IJobBoard.Request calldata r = unserved[i];
            // one that somebody else sent back in between must not stop the rest
            if (board.laneOf(r.requester, r.lane) == IJobBoard.State.Open) board.refund(r);
        }
        Question storage q = _questions[question];
        uint256 amount = q.due;
        (uint256 back, uint8 refunded) = _refundsOf(question, q);
        amount += back;
        if (amount == 0) revert NothingToWithdraw(question);
        (q.due, q.refunded) = (0, refunded);
        emit Withdrawn(question, q.asker, amount);
        if (board.creditOf(address(this)) != 0) board.withdraw(address(this));
        _token.safeTransfer(q.asker, amount);
    }

    // ---- views

    function stateOf(uint256 question) public view returns (State) {
        Question storage q = _questions[question];
        if (q.copies == 0) return State.None;
        if (_isDecided(q)) return State.Decided;
        // requests without a result, at best all equal to the largest group
        uint256 reachable = q.best + q.copies - q.delivered;
        return block.timestamp > q.deadline || 2 * reachable <= q.copies ? State.Undecided : State.Open;
    }

    /// @notice What the majority came to. Fails unless decided, so nobody takes silence for an answer.
    /// @return exitCode 256 + outcome where the program did not exit: a majority can agree on a timeout
    /// @return digest equal for runs that came to the same
    /// @return stdout CID as bytes; empty unless the program exited
    /// @return outputs CID of the directory, as bytes; empty unless the program exited
    function answerOf(uint256 question)
        external
        view
        returns (uint16 exitCode, bytes32 digest, bytes memory stdout, bytes memory outputs)
    {
        State state = stateOf(question);
        if (state != State.Decided) revert NotDecided(question, state);
        Answer storage a = _answers[question][_questions[question].chosen];
        (exitCode, digest) = (a.exitCode, a.digest);
        if (exitCode > type(uint8).max) return (exitCode, digest, "", "");
        Output storage o = _outputs[question];
        (stdout, outputs) = (_cid(a.stdoutCodec, o.stdout), _cid(DAG_PB, o.outputs));
    }

    function questionOf(uint256 question) external view returns (Question memory) {
        return _questions[question];
    }

    /// @notice Answers that count, in the order in which they came.
    function answersOf(uint256 question) external view returns (Answer[] memory answers) {
        answers = new Answer[](_questions[question].answers);
        for (uint256 i = 0; i < answers.length; ++i) {
            answers[i] = _answers[question][i];
        }
    }

    /// @notice Where on the board request `copy` of a question is, under this contract's address.
    function laneOf(uint256 question, uint256 copy) public pure returns (uint256) {
        return question * LANES + copy;
    }

    // ---- shared steps

    function _isDecided(Question storage q) private view returns (bool) {
        return 2 * q.best > q.copies;
    }

    /// @return counted whether its agent had not answered before
    function _count(uint256 question, Question storage q, JobResult calldata result) private returns (bool counted) {
        uint8 position = q.answers;
        uint8 equal = 1;
        for (uint256 i = 0; i < position; ++i) {
            Answer storage a = _answers[question][i];
            if (a.agent == result.agent) return false;
            if (a.digest == result.digest) ++equal;
        }
        bool exited = result.outcome == 0;
        _answers[question][position] = Answer({
            agent: result.agent,
            exitCode: exited ? result.exitCode : 256 + uint16(result.outcome),
            stdoutCodec: exited ? uint8(result.stdout[1]) : 0,
            digest: result.digest
        });
        q.answers = position + 1;
        if (equal > q.best) q.best = equal;
        if (!_isDecided(q)) return true;
        q.chosen = position;
        if (exited) _outputs[question] = Output(bytes32(result.stdout[4:]), bytes32(result.outputs[4:]));
        emit Decided(question, result.digest);
        return true;
    }

    /// @dev Money that came back from the board and is in nobody's books yet: whoever fetched it.
    function _refundsOf(uint256 question, Question storage q) private view returns (uint256 amount, uint8 refunded) {
        refunded = q.refunded;
        for (uint256 i = 0; i < q.copies; ++i) {
            uint8 bit = uint8(1 << i);
            if (refunded & bit != 0) continue;
            if (board.laneOf(address(this), laneOf(question, i)) != IJobBoard.State.Refunded) continue;
            refunded |= bit;
            amount += uint256(q.bid) + q.fee;
        }
    }

    /// @dev CIDv1, sha2-256, 32 bytes.
    function _cid(uint8 codec, bytes32 digest) private pure returns (bytes memory) {
        return abi.encodePacked(hex"01", codec, hex"1220", digest);
    }
}
