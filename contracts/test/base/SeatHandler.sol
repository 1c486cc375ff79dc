// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";
import {Books} from "./Books.sol";

/// @title Owners that take and leave seats, and what the books say of every seat.
abstract contract SeatHandler is Books {
    /// @dev what a seat has and what its disputes can take
    struct SeatEntry {
        address owner;
        uint256 stake;
        uint256 risk;
        uint256 exitAskedAt;
    }

    /// @dev members of three rounds, some that decline, and some to spare
    uint256 internal constant OWNERS = 36;
    uint64 private constant JS = 1;
    uint64 private constant JS_AND_WASM = 3;

    address[] public owners;
    SeatEntry[] internal _seats;
    uint256 public stakesInBooks;

    constructor() {
        for (uint256 i = 0; i < OWNERS; ++i) {
            owners.push(address(uint160(0x5EA70000 + i)));
            accounts.push(owners[i]);
            _deposit(owners[i], 200 ether);
            _take(owners[i], i % 4 == 0 ? JS_AND_WASM : JS);
            if (i % 6 == 0) _take(owners[i], JS);
        }
        owners.push(actors[0]); // a party now and then
        _take(actors[0], JS);
        _pass(ACTIVATION + 1);
    }

    // ---- what the fuzzer calls

    function takeSeat(uint256 who, uint256 capabilities) external {
        _take(owners[who % owners.length], uint64(capabilities % 4));
    }

    function askExit(uint256 seat) external {
        seat %= _seats.length;
        if (_seats[seat].owner == address(0)) return;
        vm.prank(_seats[seat].owner);
        (bool success,) = _callCourt(abi.encodeCall(ICourt.askExit, (seat)));
        if (!success) return;
        if (_seats[seat].exitAskedAt != 0) broken = "asked to leave twice";
        _seats[seat].exitAskedAt = block.timestamp;
    }

    function leaveSeat(uint256 from) external {
        uint256 seat = _leaving(from);
        SeatEntry memory entry = _seats[seat];
        if (entry.owner == address(0)) return;
        vm.prank(entry.owner);
        (bool success,) = _callCourt(abi.encodeCall(ICourt.leaveSeat, (seat)));
        if (!success) return;
        if (entry.exitAskedAt == 0 || block.timestamp <= entry.exitAskedAt + EXIT_DELAY) broken = "left too early";
        if (entry.risk != 0) broken = "left a dispute";
        freeInBooks[entry.owner] += entry.stake;
        stakesInBooks -= entry.stake;
        delete _seats[seat];
    }

    // ---- what the invariants read

    function seatEntries() external view returns (SeatEntry[] memory) {
        return _seats;
    }

    // ---- entries

    function _take(address owner, uint64 capabilities) private {
        vm.prank(owner);
        (bool success, bytes memory answer) = _callCourt(abi.encodeCall(ICourt.takeSeat, (capabilities)));
        if (!success) return;
        uint256 seat = abi.decode(answer, (uint256));
        if (seat == _seats.length) _seats.push();
        if (seat > _seats.length || _seats[seat].owner != address(0)) broken = "took somebody's seat";
        _seats[seat] = SeatEntry(owner, SEAT_STAKE, 0, 0);
        freeInBooks[owner] -= SEAT_STAKE;
        stakesInBooks += SEAT_STAKE;
    }

    /// @return seat one whose owner wants to leave if there is any
    function _leaving(uint256 from) private view returns (uint256 seat) {
        for (uint256 i = 0; i < _seats.length; ++i) {
            seat = (from % _seats.length + i) % _seats.length;
            if (_seats[seat].exitAskedAt != 0) return seat;
        }
    }
}
