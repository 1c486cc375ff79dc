// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CourtTest} from "./base/CourtTest.sol";

/// @title Gas of the court's calls, measured as in Gas.t.sol. Owners of seats have a free balance, as those have that were paid before.
/// forge-config: default.isolate = true
contract GasCourtTest is CourtTest {
    string private constant GROUP = "Court";

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < SEATS; ++i) {
            escrow.deposit(ownerOf(i), 1);
        }
        open(dealWith(0)); // the first of 256 nonces pays for its word
    }

    /// @dev The whole of an ordinary dispute, ten transactions: three seats agree, the provider opens its commitment, nobody appeals.
    function test_gas_challengeToFinish() public {
        submitDeal(committeeDeal(1), RIGHT);
        challengeDeal();
        uint256 total = _measure("challenge");
        rollToSeed();
        theCourt.draw(deal);
        total += _measure("draw, three seats");
        for (uint256 i = 0; i < 3; ++i) {
            commit(i, RIGHT);
            total += _measure(i == 2 ? "commit, the last" : "commit");
        }
        for (uint256 i = 0; i < 3; ++i) {
            reveal(i, RIGHT);
            total += _measure("reveal");
        }
        revealCommitment();
        total += _measure("revealCommitment, and verdict");
        passDeadline();
        theCourt.finish(deal, result);
        total += _measure("finish, three seats, provider right");
        vm.snapshotValue(GROUP, "challenge to finish, three seats", total);
    }

    /// @dev Two rounds against a provider that is wrong, with a seat that declines, one that lies and one that is silent.
    function test_gas_appeal() public {
        submitDeal(committeeDeal(1), WRONG_A);
        challengeDeal();
        rollToSeed();
        theCourt.draw(deal);
        decline(0);
        _measure("decline");
        commit(1, WRONG_A);
        commit(2, RIGHT);
        passDeadline();
        revealCommitment();
        reveal(1, WRONG_A);
        reveal(2, RIGHT);
        vm.prank(creator);
        theCourt.appeal(deal, 1);
        _measure("appeal, second round");
        rollToSeed();
        theCourt.draw(deal);
        _measure("draw, seven seats");
        for (uint256 i = 4; i < 11; ++i) {
            commit(i, RIGHT);
        }
        for (uint256 i = 4; i < 10; ++i) {
            reveal(i, RIGHT);
        }
        passDeadline();
        theCourt.tally(deal);
        _measure("tally, seven seats");
        passDeadline();
        theCourt.finish(deal, result);
        _measure("finish, two rounds, provider wrong");
    }

    function test_gas_rearm() public {
        dispute(1, RIGHT);
        vm.roll(block.number + 300);
        theCourt.rearm(id);
        _measure("rearm");
    }

    function test_gas_seats() public {
        address owner = ownerOf(100);
        escrow.deposit(owner, 2 * SEAT_STAKE + 1);
        vm.prank(owner);
        theCourt.takeSeat(JS);
        _measure("takeSeat");
        vm.prank(owner);
        theCourt.askExit(SEATS);
        _measure("askExit");
        vm.warp(block.timestamp + EXIT_DELAY + 1);
        vm.prank(owner);
        theCourt.leaveSeat(SEATS);
        _measure("leaveSeat");
        vm.prank(owner);
        theCourt.takeSeat(JS);
        _measure("takeSeat, a vacancy");
    }

    function test_size() public {
        vm.snapshotValue("size", "Court, bytes of 24576", address(theCourt).code.length);
        vm.snapshotValue("size", "BlockhashRandomness, bytes of 24576", address(randomness).code.length);
    }

    function _measure(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall(GROUP, name);
    }
}
