// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BlockhashRandomness} from "../src/BlockhashRandomness.sol";
import {IRandomness} from "../src/interfaces/IRandomness.sol";
import {Test} from "./base/Test.sol";

contract BlockhashRandomnessTest is Test {
    uint256 private constant NOW = 20_000_000;
    bytes32 private constant HASH = keccak256("a block");
    BlockhashRandomness private _randomness = new BlockhashRandomness();

    function setUp() public {
        vm.roll(NOW);
    }

    function test_request_namesTheFourthBlockFromHere() public {
        assertEq(_randomness.request(), NOW + 4, "ticket");
        vm.roll(NOW + 1);
        assertEq(_randomness.request(), NOW + 5, "next ticket");
    }

    function test_seedOf_isPendingUpToItsBlock(uint256 ticket) public view {
        _assertSeed(bound(ticket, NOW, type(uint256).max), IRandomness.Status.Pending, 0);
    }

    function test_seedOf_isTheHashFor256Blocks() public {
        uint256 ticket = NOW + 4;
        vm.roll(ticket + 1);
        vm.setBlockhash(ticket, HASH);
        _assertSeed(ticket, IRandomness.Status.Ready, HASH);
        vm.roll(ticket + 256);
        vm.setBlockhash(ticket, HASH);
        _assertSeed(ticket, IRandomness.Status.Ready, HASH);
        vm.roll(ticket + 257);
        _assertSeed(ticket, IRandomness.Status.Missed, 0);
    }

    function test_seedOf_isMissedForOldTickets(uint256 ticket) public view {
        _assertSeed(bound(ticket, 0, NOW - 257), IRandomness.Status.Missed, 0);
    }

    function _assertSeed(uint256 ticket, IRandomness.Status expected, bytes32 seed) private view {
        (IRandomness.Status status, bytes32 actual) = _randomness.seedOf(ticket);
        assertEq(uint256(status), uint256(expected), "status");
        assertEq(actual, seed, "seed");
    }
}
