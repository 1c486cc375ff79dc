// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "../base/CourtTest.sol";

/// @title Who wants to do harm and not to win: what it costs, and whom.
/// @dev In a fake dispute creator and provider are one. Nobody else has the job's inputs, unless it hands them out.
contract GriefingTest is CourtTest {
    bytes32 private constant UNAVAILABLE = sha256(hex"a1676f7574636f6d656b756e617661696c61626c65");
    uint256 private constant DUST = 64;
    uint256 private constant OTHER_KEY = 0xD0;

    /// @dev Deals about nothing, by the batch: they cost whoever opens them its gas, and the deals of others not a unit more.
    function test_griefing_dustDeals() public {
        IDealEscrow.Deal[] memory deals = new IDealEscrow.Deal[](DUST);
        (bytes[] memory creators, bytes[] memory providers) = (new bytes[](DUST), new bytes[](DUST));
        for (uint256 i = 0; i < DUST; ++i) {
            deals[i] = dealWith(i);
            (deals[i].price, deals[i].collateral) = (0, 0);
            (creators[i], providers[i]) = (sign(CREATOR_KEY, deals[i]), sign(PROVIDER_KEY, deals[i]));
        }
        uint256 quiet = _gasOfAnotherDeal();
        vm.prank(provider);
        uint256 before = gasleft();
        escrow.openMany(deals, creators, providers);
        assertTrue(before - gasleft() > DUST * 25_000, "the griefer pays by the deal");
        assertTrue(_gasOfAnotherDeal() <= quiet, "nobody else pays");
        assertEq(_parties(), 2 * FUNDS, "and nothing moves");
    }

    /// @dev Nor does a fee of nothing buy the seats' work.
    function test_griefing_dustDisputes() public {
        IDealEscrow.Deal memory terms = committeeDeal(1);
        (terms.price, terms.seatFee, terms.collateral) = (0, MIN_SEAT_FEE - 1, 3 * MIN_SEAT_FEE);
        bytes memory byCreator = sign(CREATOR_KEY, terms);
        bytes memory byProvider = sign(PROVIDER_KEY, terms);
        reverts(abi.encodeWithSelector(IDealEscrow.SeatFeeTooLow.selector, MIN_SEAT_FEE - 1, MIN_SEAT_FEE));
        vm.prank(provider);
        escrow.open(terms, byCreator, byProvider);
    }

    /// @dev A job that runs, a result that is right, a challenge all the same.
    function test_griefing_fakeDisputeOverARightResult() public {
        _fakeDispute();
        judgeAll(RIGHT);
        _assertGrieferPays(3 * FEE);
    }

    /// @dev A job that nobody can run: the seats say so.
    function test_griefing_fakeDisputeWithoutInputs() public {
        _fakeDispute();
        judgeAll(UNAVAILABLE);
        _assertGrieferPays(3 * FEE);
    }

    /// @dev The same, and the griefer keeps silent about its own commitment.
    function test_griefing_fakeDisputeInSilence() public {
        _fakeDispute();
        _vote(0, 3, UNAVAILABLE, false);
        _assertGrieferPays(3 * FEE);
    }

    /// @dev One seat is the griefer's own, and votes for the commitment that it alone knows: that costs it the seat's 3f as well.
    function test_griefing_fakeDisputeWithAnAccomplice() public {
        _fakeDispute();
        address accomplice = memberOwner(2);
        commit(0, UNAVAILABLE);
        commit(1, UNAVAILABLE);
        commit(2, RIGHT);
        revealCommitment();
        reveal(0, UNAVAILABLE);
        reveal(1, UNAVAILABLE);
        reveal(2, RIGHT);
        uint256 staked = theCourt.seatAt(theCourt.memberOf(id, 2).seat).stake;
        finish();
        assertEq(staked - _stakeOf(accomplice), 3 * FEE, "the accomplice");
        assertEq(_parties(), 2 * FUNDS - 3 * FEE, "the parties");
    }

    /// @dev A seat that is away loses 3f, and the griefer with it; both go to the seats that are not.
    function test_griefing_fakeDisputeWhileOneSeatSleeps() public {
        _fakeDispute();
        address sleeper = memberOwner(2);
        _vote(0, 2, UNAVAILABLE, true);
        finish();
        assertEq(SEAT_STAKE - _stakeOf(sleeper), 3 * FEE, "the sleeper");
        assertEq(_parties(), 2 * FUNDS - 3 * FEE, "the griefer");
        assertEq(_ofSeats(), SEATS * SEAT_STAKE + 3 * FEE, "the seats together gain what the griefer loses");
    }

    /// @dev The one case that is free for a griefer: no seat of the round opens a vote. So no seat should ever be silent, and none
    /// gains by it: whatever the others do, who votes has at least 3f more in the end.
    function test_griefing_silenceIsNeverTheBetterAnswer() public {
        for (uint256 others = 0; others < 3; ++others) {
            uint256 snapshot = vm.snapshotState();
            _fakeDispute();
            address seat = memberOwner(0);
            uint256 each = vm.snapshotState();
            _vote(1, 1 + others, UNAVAILABLE, true);
            finish();
            uint256 silent = _stakeOf(seat) + escrow.freeOf(seat);
            if (others == 0) assertEq(_parties(), 2 * FUNDS, "free of charge");
            vm.revertToState(each);
            _vote(0, 1 + others, UNAVAILABLE, true);
            finish();
            assertTrue(_stakeOf(seat) + escrow.freeOf(seat) >= silent + 3 * FEE, "better to vote");
            vm.revertToState(snapshot);
        }
    }

    /// @dev Delay is for sale as well: an honest provider waits for its pay through three rounds, for at least 25 fees of whoever
    /// wants that, 3f of the challenge and 7f and 15f of the appeals.
    function test_griefing_delayCostsEveryDeposit() public {
        _fakeDispute();
        judgeAll(RIGHT);
        appealAndDraw(creator);
        judgeAll(RIGHT);
        appealAndDraw(creator);
        judgeAll(RIGHT);
        finish();
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 25 * FEE, "the griefer");
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "the provider");
        assertEq(_ofSeats(), SEATS * SEAT_STAKE + 25 * FEE, "the seats");
    }

    function _fakeDispute() private {
        dispute(1, RIGHT);
        drawAll();
    }

    /// @dev Members `from` to `to` vote and open; then time ends the round.
    function _vote(uint256 from, uint256 to, bytes32 digest, bool opens) private {
        for (uint256 i = from; i < to; ++i) {
            commit(i, digest);
        }
        if (to - from < 3) passDeadline();
        if (opens) revealCommitment();
        for (uint256 i = from; i < to; ++i) {
            reveal(i, digest);
        }
        if (!opens) vm.warp(block.timestamp + REVEAL_WINDOW + 1);
        if (!opens) theCourt.tally(deal);
    }

    /// @dev What the two accounts of the griefer lose the seats gain, all of it, and no seat loses anything.
    function _assertGrieferPays(uint256 amount) private {
        finish();
        assertEq(_parties(), 2 * FUNDS - amount, "the griefer");
        assertEq(_ofSeats(), SEATS * SEAT_STAKE + amount, "the seats");
        for (uint256 i = 0; i < SEATS; ++i) {
            assertEq(theCourt.seatAt(i).stake, SEAT_STAKE, "no seat loses");
        }
    }

    function _parties() private view returns (uint256) {
        return escrow.freeOf(creator) + escrow.freeOf(provider);
    }

    function _ofSeats() private view returns (uint256 sum) {
        for (uint256 i = 0; i < SEATS; ++i) {
            sum += theCourt.seatAt(i).stake + escrow.freeOf(ownerOf(i));
        }
    }

    function _stakeOf(address owner) private view returns (uint256) {
        for (uint256 i = 0; i < SEATS; ++i) {
            if (theCourt.seatAt(i).owner == owner) return theCourt.seatAt(i).stake;
        }
        return 0;
    }

    /// @dev The same deal of two other accounts, in a fresh copy of the chain, so that only what others did can differ.
    function _gasOfAnotherDeal() private returns (uint256 gas) {
        uint256 snapshot = vm.snapshotState();
        IDealEscrow.Deal memory terms = dealWith(0);
        (terms.creator, terms.provider) = (stranger, vm.addr(OTHER_KEY));
        escrow.deposit(stranger, FUNDS);
        escrow.deposit(terms.provider, FUNDS);
        bytes memory data = abi.encodeCall(IDealEscrow.open, (terms, sign(STRANGER_KEY, terms), sign(OTHER_KEY, terms)));
        vm.prank(terms.provider);
        uint256 before = gasleft();
        (bool success,) = address(escrow).call(data);
        gas = before - gasleft();
        assertTrue(success, "open");
        vm.revertToState(snapshot);
    }
}
