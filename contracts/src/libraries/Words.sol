// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../interfaces/ICourt.sol";

/// @title A dispute, and a seat in one, as one storage word.
/// @dev Left to itself the compiler copies a packed struct field by field, and reads the same word again for each: 7,000 gas
/// in a call that loads a dispute and saves it, of which there are ten. Fields lie in the order of the structs, from the lowest bit.
library Words {
    function toDispute(uint256 word) internal pure returns (ICourt.Dispute memory d) {
        d.phase = ICourt.Phase(uint8(word));
        d.round = uint8(word >> 8);
        d.rearms = uint8(word >> 16);
        d.seeded = uint8(word >> 24) != 0;
        d.providerWrong = uint8(word >> 32) != 0;
        d.first = uint8(word >> 40);
        d.members = uint8(word >> 48);
        d.seated = uint8(word >> 56);
        d.committed = uint8(word >> 64);
        d.revealed = uint8(word >> 72);
        d.cursor = uint16(word >> 80);
        d.seatCount = uint32(word >> 96);
        d.challengedAt = uint40(word >> 128);
        d.roundAt = uint40(word >> 168);
        d.deadline = uint40(word >> 208);
    }

    function pack(ICourt.Dispute memory d) internal pure returns (uint256 word) {
        word = uint256(d.phase) | uint256(d.round) << 8 | uint256(d.rearms) << 16;
        if (d.seeded) word |= 1 << 24;
        if (d.providerWrong) word |= 1 << 32;
        word |= uint256(d.first) << 40 | uint256(d.members) << 48 | uint256(d.seated) << 56;
        word |= uint256(d.committed) << 64 | uint256(d.revealed) << 72 | uint256(d.cursor) << 80;
        word |= uint256(d.seatCount) << 96 | uint256(d.challengedAt) << 128;
        word |= uint256(d.roundAt) << 168 | uint256(d.deadline) << 208;
    }

    function toMember(uint256 word) internal pure returns (ICourt.Member memory m) {
        m.seat = uint32(word);
        m.round = uint8(word >> 32);
        m.standing = ICourt.Standing(uint8(word >> 40));
        m.vote = bytes26(uint208(word >> 48));
    }

    function pack(ICourt.Member memory m) internal pure returns (uint256) {
        return uint256(m.seat) | uint256(m.round) << 32 | uint256(m.standing) << 40 | uint256(uint208(m.vote)) << 48;
    }
}
