// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AskMajority} from "../../src/examples/AskMajority.sol";
import {IJobBoard} from "../../src/interfaces/IJobBoard.sol";
import {MajorityTest} from "./MajorityTest.sol";

/// @title Drives questions of two askers with random calls by agents and whoever, and keeps books of its own.
contract MajorityHandler is MajorityTest {
    uint256 private constant KINDS = 2;
    uint256 private constant RECENT = 3;

    struct Book {
        IJobBoard.Request[] requests;
        uint256[] agents; // of answers, as they came
        uint256[] whats;
        bool[] isOver; // by request
        address asker;
        uint256 open; // token units; in requests that nobody served yet
        uint256 owed; // token units; what the asker has to get
    }

    Book[] private _books; // index + 1 is the question
    uint256 public donated;
    uint256 public spent;
    mapping(address asker => uint256) public paidIn;
    mapping(address asker => uint256) public paidOut;
    mapping(bytes4 call => uint256) public successes;
    string public broken;

    function prepare() external {
        setUp();
    }

    // ---- what the fuzzer calls

    function ask(uint256 who, uint256 amounts, uint256 how) external {
        AskMajority.Terms memory t = terms();
        (t.bid, t.fee) = (uint96(amounts % 50 ether), uint96((amounts >> 128) % 5 ether));
        t.timeout = TURN + how % BOARD_TIMEOUT;
        uint256 copies = 3 + 2 * (how % 3);
        address asker = who % 2 == 0 ? REQUESTER : OTHER_ASKER;
        IJobBoard.Request[] memory requests = requestsOf(_books.length + 1, copies, t);
        vm.prank(asker);
        if (!_call(abi.encodeCall(AskMajority.ask, (copies, t, SPEC_BLOCK)))) return;
        Book storage book = _books.push();
        book.asker = asker;
        for (uint256 i = 0; i < copies; ++i) {
            book.requests.push(requests[i]);
            book.isOver.push(false);
        }
        book.open = copies * (uint256(t.bid) + t.fee);
        paidIn[asker] += book.open;
    }

    /// @dev Some agent has a request done, honestly or not, and brings it.
    function bringAnswer(uint256 which, uint256 seat, uint256 what) external {
        if (_books.length == 0) return;
        Book storage book = _recent(which);
        uint256 copy = (which >> 8) % book.requests.length;
        IJobBoard.Request memory r = book.requests[copy];
        bool inTime = block.timestamp > r.createdAt && block.timestamp <= r.createdAt + r.timeout;
        if (book.isOver[copy] || !inTime) return;
        (seat, what) = (seat % firstSeats(), what % KINDS);
        uint256 charge = bound(what >> 8, 0, r.bid);
        answer(r, seat, runOf(what), charge);
        ++successes[IJobBoard.deliver.selector];
        book.agents.push(seat);
        book.whats.push(what);
        _end(book, copy);
        spent += charge + r.fee;
        book.owed += r.bid - charge;
    }

    /// @dev As anybody may, on the board itself.
    function refund(uint256 which) external {
        if (_books.length == 0) return;
        Book storage book = _recent(which);
        uint256 copy = (which >> 8) % book.requests.length;
        try board.refund(book.requests[copy]) {
            ++successes[IJobBoard.refund.selector];
            _refunded(book, copy);
        } catch {}
    }

    function fetchCredit() external {
        try board.withdraw(address(example)) {
            ++successes[IJobBoard.withdraw.selector];
        } catch {}
    }

    /// @param how odd: with all requests, of which some may be served or sent back
    function withdraw(uint256 which, uint256 how) external {
        if (_books.length != 0) _withdraw(which % _books.length, how % 2 == 1);
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 300));
        vm.roll(block.number + 1);
        vm.setBlockhash(block.number - 1, keccak256(abi.encode(block.number)));
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1 ether);
        assertTrue(token.transfer(address(example), amount), "given away");
        donated += amount;
    }

    // ---- what anybody can do alone

    function driveAll() external {
        vm.warp(block.timestamp + TURN + BOARD_TIMEOUT + 1);
        for (uint256 i = 0; i < _books.length; ++i) {
            _withdraw(i, true);
        }
    }

    // ---- what the books say

    function openInBooks() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _books.length; ++i) {
            sum += _books[i].open;
        }
    }

    function owedInBooks() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _books.length; ++i) {
            sum += _books[i].owed;
        }
    }

    function held() external view returns (uint256) {
        return heldBy();
    }

    function balanceOf(address account) external view returns (uint256) {
        return token.balanceOf(account);
    }

    function askers() external pure returns (address, address) {
        return (REQUESTER, OTHER_ASKER);
    }

    function theBoard() external view returns (address) {
        return address(board);
    }

    /// @dev That every question is in the state that its answers make, looked at all at once.
    function checkStates() external view {
        for (uint256 i = 0; i < _books.length; ++i) {
            Book storage book = _books[i];
            (uint256 most, uint256 what) = _mostOf(book);
            uint256 copies = book.requests.length;
            bool isOver = block.timestamp > book.requests[0].createdAt + book.requests[0].timeout;
            AskMajority.State expected = 2 * most > copies
                ? AskMajority.State.Decided
                : isOver || 2 * (most + copies - book.agents.length) <= copies
                    ? AskMajority.State.Undecided
                    : AskMajority.State.Open;
            assertState(i + 1, expected);
            if (expected != AskMajority.State.Decided) continue;
            (, bytes32 digest,,) = example.answerOf(i + 1);
            assertEq(digest, digestFor(runOf(what)), "what most agents said");
        }
    }

    // ---- the books

    function _withdraw(uint256 index, bool all) private {
        Book storage book = _books[index];
        bool isOver = block.timestamp > book.requests[0].createdAt + book.requests[0].timeout;
        IJobBoard.Request[] memory unserved = all ? book.requests : none();
        if (!_call(abi.encodeCall(AskMajority.withdraw, (index + 1, unserved)))) {
            bool mayFail = book.owed == 0 || (all && !isOver);
            if (!mayFail) broken = "owed, and not paid";
            return;
        }
        for (uint256 i = 0; all && i < unserved.length; ++i) {
            if (!book.isOver[i]) _refunded(book, i);
        }
        if (book.owed == 0) broken = "paid, and not owed";
        paidOut[book.asker] += book.owed;
        book.owed = 0;
    }

    function _refunded(Book storage book, uint256 copy) private {
        IJobBoard.Request storage r = book.requests[copy];
        if (block.timestamp <= r.createdAt + r.timeout) broken = "refunded too early";
        _end(book, copy);
        book.owed += r.bid + r.fee;
    }

    function _end(Book storage book, uint256 copy) private {
        if (book.isOver[copy]) broken = "ended twice";
        book.isOver[copy] = true;
        book.open -= book.requests[copy].bid + book.requests[copy].fee;
    }

    /// @dev Of each agent its first answer. With two kinds, a majority stays one whatever comes after it.
    function _mostOf(Book storage book) private view returns (uint256 most, uint256 what) {
        uint256[KINDS] memory votes;
        uint256 seen;
        for (uint256 i = 0; i < book.agents.length; ++i) {
            uint256 bit = 1 << book.agents[i];
            if (seen & bit != 0) continue;
            seen |= bit;
            ++votes[book.whats[i]];
        }
        what = votes[0] >= votes[1] ? 0 : 1;
        most = votes[what];
    }

    function _call(bytes memory data) private returns (bool success) {
        (success,) = address(example).call(data);
        if (success) ++successes[bytes4(data)];
    }

    function _recent(uint256 which) private view returns (Book storage) {
        uint256 length = _books.length;
        uint256 span = length < RECENT ? length : RECENT;
        return _books[length - 1 - which % span];
    }
}
