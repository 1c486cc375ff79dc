// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {IJobBoard} from "../../src/interfaces/IJobBoard.sol";
import {Burner, Reentrant, Reverting} from "../mocks/Consumers.sol";
import {BoardTest} from "./BoardTest.sol";

/// @title Drives a board with random calls by requesters, agents and whoever, and keeps books of its own.
contract BoardHandler is BoardTest {
    uint256 private constant LANES = 3;

    address[2] public requesters = [address(0xA11CE), address(0xB0B)];
    address[4] private _callbacks;
    IJobBoard.Request[] private _requests;
    IJobBoard.Delivery[] private _deliveries; // index + 1 in `_doneBy`
    mapping(bytes32 id => uint256) private _doneBy;
    mapping(bytes32 id => bool) private _isOver;

    uint256 public openInBooks;
    uint256 public donated;
    mapping(address account => uint256) public creditInBooks;
    mapping(address account => uint256) public paidIn;
    mapping(address account => uint256) public paidOut;
    mapping(bytes4 call => uint256) public successes;
    string public broken;

    function prepare() external {
        setUp();
        fund(requesters[1]);
        _callbacks = [address(0), address(new Reverting()), address(new Burner()), address(new Reentrant())];
    }

    // ---- what the fuzzer calls

    function ask(uint256 who, uint256 amounts, uint256 how) external {
        IJobBoard.Order memory order = orderFor(_callbacks[how % _callbacks.length]);
        (order.bid, order.fee) = (amounts % 50 ether, (amounts >> 128) % 5 ether);
        (order.lane, order.timeout) = ((how >> 8) % LANES, TURN + (how >> 16) % BOARD_TIMEOUT);
        address requester = requesters[who % 2];
        IJobBoard.Request memory r = placed(requester, order);
        vm.prank(requester);
        if (!_call(abi.encodeCall(IJobBoard.request, (order, SPEC_BLOCK)))) return;
        _requests.push(r);
        openInBooks += r.bid + r.fee;
        paidIn[requester] += r.bid + r.fee;
    }

    /// @dev Some owner of a seat has it done; whether it is the right one is the board's to find out.
    function work(uint256 which, uint256 seat, uint256 charge) external {
        if (_requests.length == 0) return;
        IJobBoard.Request memory r = _recent(which);
        bytes32 id = requestId(r);
        if (_doneBy[id] != 0) return;
        IJobBoard.Delivery memory d = deliveryOf(r, seat % firstSeats(), seat % 256);
        d.deal.price = bound(charge, 0, r.bid + 1);
        bytes32 dealId = idOf(d.deal);
        bytes32 commitment = keccak256(abi.encode(dealId, digestOf7(d.run), SALT));
        d.result = IDealEscrow.Result(dealId, commitment, MANIFEST, d.deal.price);
        openFor(d);
        settleFor(d);
        _deliveries.push(d);
        _doneBy[id] = _deliveries.length;
    }

    function deliver(uint256 which, uint256 by) external {
        if (_requests.length != 0) _bring(_recent(which), by);
    }

    /// @dev A deal that nobody made, under a nonce that may be used: whoever its provider is signs what it likes.
    function forge(uint256 which, uint256 seat, uint256 by) external {
        if (_requests.length == 0) return;
        IJobBoard.Request memory r = _recent(which);
        IJobBoard.Delivery memory d = deliveryOf(r, seat % firstSeats(), 0);
        d.deal.certificate = "made up";
        (d.result.deal, d.result.charge) = (idOf(d.deal), r.bid);
        d.result.commitment = keccak256(abi.encode(d.result.deal, digestOf7(d.run), SALT));
        bytes memory data = abi.encodeCall(IJobBoard.deliver, (r, d, sign(PROVIDER_KEY, d.result)));
        address caller = by % 6 == 5 ? provider : _accountOf(by);
        // an agent's word is taken: docs/board.md
        if (caller == d.deal.creator) return;
        vm.prank(caller);
        if (_call(data)) broken = "made up";
    }

    /// @dev One request's result for another, which must never be taken.
    function misdeliver(uint256 which, uint256 other) external {
        if (_requests.length == 0 || _deliveries.length == 0) return;
        IJobBoard.Request memory r = _recent(which);
        IJobBoard.Delivery memory d = _deliveries[other % _deliveries.length];
        if ((d.deal.nonce ^ uint256(requestId(r))) <= 0xff) return;
        bytes memory data = abi.encodeCall(IJobBoard.deliver, (r, d, sign(PROVIDER_KEY, d.result)));
        vm.prank(d.deal.creator);
        if (_call(data)) {
            broken = "another's result";
        }
    }

    function refund(uint256 which) external {
        if (_requests.length != 0) _refund(_recent(which));
    }

    function withdraw(uint256 who) external {
        _withdraw(_accountOf(who));
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 300));
        vm.roll(block.number + 1);
        vm.setBlockhash(block.number - 1, keccak256(abi.encode(block.number)));
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1 ether);
        assertTrue(token.transfer(address(board), amount), "given away");
        donated += amount;
    }

    // ---- what anybody can do alone

    /// @dev Waits, and ends and pays out everything.
    function driveAll() external {
        vm.warp(block.timestamp + TURN + BOARD_TIMEOUT + 1);
        for (uint256 i = 0; i < _requests.length; ++i) {
            _refund(_requests[i]);
        }
        for (uint256 i = 0; i < 5; ++i) {
            _withdraw(_accountOf(i));
        }
    }

    function creditsInBooks() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 5; ++i) {
            sum += creditInBooks[_accountOf(i)];
        }
    }

    function openLanes() external view returns (uint256 count) {
        for (uint256 i = 0; i < 2 * LANES; ++i) {
            if (board.laneOf(requesters[i % 2], i / 2) == IJobBoard.State.Open) ++count;
        }
    }

    function theBoard() external view returns (IJobBoard) {
        return board;
    }

    function balanceOf(address account) external view returns (uint256) {
        return token.balanceOf(account);
    }

    function accountOf(uint256 i) external view returns (address) {
        return _accountOf(i);
    }

    // ---- the calls, and what they do to the books

    function _bring(IJobBoard.Request memory r, uint256 by) private {
        bytes32 id = requestId(r);
        if (_doneBy[id] == 0) return;
        IJobBoard.Delivery memory d = _deliveries[_doneBy[id] - 1];
        bytes memory data = abi.encodeCall(IJobBoard.deliver, (r, d, sign(PROVIDER_KEY, d.result)));
        address caller = by % 2 == 0 ? d.deal.creator : _accountOf(by);
        vm.prank(caller);
        if (!_call(data)) return;
        if (caller != d.deal.creator) broken = "not its agent's";
        if (block.timestamp > r.createdAt + r.timeout) broken = "delivered too late";
        if (block.timestamp <= r.createdAt || block.timestamp < turnOf(r, d.seat)) broken = "delivered too early";
        _end(id, r);
        creditInBooks[d.deal.creator] += d.result.charge + r.fee;
        creditInBooks[r.requester] += r.bid - d.result.charge;
    }

    function _refund(IJobBoard.Request memory r) private {
        if (!_call(abi.encodeCall(IJobBoard.refund, (r)))) return;
        if (block.timestamp <= r.createdAt + r.timeout) broken = "refunded too early";
        _end(requestId(r), r);
        paidOut[r.requester] += r.bid + r.fee;
    }

    function _withdraw(address account) private {
        if (!_call(abi.encodeCall(IJobBoard.withdraw, (account)))) return;
        paidOut[account] += creditInBooks[account];
        creditInBooks[account] = 0;
    }

    function _end(bytes32 id, IJobBoard.Request memory r) private {
        if (_isOver[id]) broken = "ended twice";
        _isOver[id] = true;
        openInBooks -= r.bid + r.fee;
    }

    function _call(bytes memory data) private returns (bool success) {
        (success,) = address(board).call(data);
        if (success) ++successes[bytes4(data)];
    }

    /// @dev One that may still be open: there are no more than lanes.
    function _recent(uint256 which) private view returns (IJobBoard.Request memory) {
        uint256 length = _requests.length;
        uint256 span = length < 2 * LANES ? length : 2 * LANES;
        return _requests[length - 1 - which % span];
    }

    function _accountOf(uint256 i) private view returns (address) {
        return i % 5 < 2 ? requesters[i % 5] : ownerOf(i % 5 - 2);
    }
}
