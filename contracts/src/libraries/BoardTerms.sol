// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IJobBoard} from "../interfaces/IJobBoard.sol";
import {Terms} from "./Terms.sol";

/// @title What may be asked for, and who does it when.
library BoardTerms {
    /// @dev Four million blocks' worth of work is not a callback's; a deliverer can afford this on any chain.
    uint256 internal constant MAX_CALLBACK_GAS = 1_000_000;
    uint256 internal constant MAX_TURN = 1 days;
    /// @dev As many as there can be seats.
    uint256 internal constant MAX_TURNS = type(uint32).max;
    /// @dev A block of a specification travels in calldata and in an event.
    uint256 internal constant MAX_JOB = 4096;
    uint256 private constant CID_BYTES = 36;
    /// @dev CIDv1, dag-cbor, sha2-256, 32 bytes.
    bytes4 private constant SPEC_CID = 0x01711220;

    function check(IJobBoard.Order calldata order) internal pure {
        _checkRange(order.bid, 0, Terms.MAX_AMOUNT);
        _checkRange(order.fee, 0, Terms.MAX_AMOUNT);
        _checkRange(order.callbackGas, 0, MAX_CALLBACK_GAS);
        _checkRange(order.turn, 1, MAX_TURN);
        _checkRange(order.turns, 1, MAX_TURNS);
        _checkRange(order.timeout, order.turn, Terms.MAX_WINDOW);
    }

    /// @return spec sha2-256 of the specification. A block's is computed here, so a contract may put its inputs into one.
    function specOf(bytes calldata job) internal pure returns (bytes32 spec) {
        if (job.length == CID_BYTES && bytes4(job) == SPEC_CID) return bytes32(job[4:]);
        if (job.length == 0 || job.length > MAX_JOB) revert IJobBoard.BadJob(job.length, MAX_JOB);
        return sha256(job);
    }

    /// @dev Twelve static words: their encoding is their calldata.
    function idOf(IJobBoard.Request calldata r) internal pure returns (bytes32 id) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, r, 0x180)
            id := keccak256(data, 0x180)
        }
    }

    /// @notice Rendezvous hashing: every seat has a number for every request, and the smallest goes first. The place is how many of
    /// `turns` seats are expected below that number, which needs no look at the others, however many there are.
    function placeOf(bytes32 id, uint256 seat, uint256 turns) internal pure returns (uint256) {
        return (uint256(keccak256(abi.encode(id, seat))) >> 128) * turns >> 128;
    }

    function _checkRange(uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert IJobBoard.OutOfRange(value, min, max);
    }
}
