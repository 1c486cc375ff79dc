// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";

contract BatchesTest is EscrowTest {
    uint256 private constant MAX_BATCH = 64;

    IDealEscrow.Deal[] private _deals;
    IDealEscrow.Result[] private _results;
    bytes[] private _first;
    bytes[] private _second;

    function test_openMany_skipsAndReportsBadItems() public {
        IDealEscrow.Deal memory burned = dealWith(2);
        vm.prank(creator);
        escrow.burn(2);
        for (uint256 nonce = 1; nonce <= 4; ++nonce) {
            _pushOpen(dealWith(nonce));
        }
        _second[3] = "";
        vm.expectEmit(address(escrow));
        emit IDealEscrow.ItemSkipped(
            1, idOf(burned), abi.encodeWithSelector(IDealEscrow.NonceUsed.selector, creator, 2)
        );
        vm.expectEmit(address(escrow));
        emit IDealEscrow.ItemSkipped(
            3, idOf(_deals[3]), abi.encodeWithSelector(IDealEscrow.BadSignature.selector, provider)
        );
        vm.prank(provider);
        escrow.openMany(_deals, _first, _second);
        assertState(_deals[0], IDealEscrow.State.Open);
        assertState(_deals[2], IDealEscrow.State.Open);
        assertState(_deals[3], IDealEscrow.State.None);
        assertGains(-2 * int256(PRICE), -2 * int256(COLLATERAL));
    }

    /// @dev The caller of the batch is the caller of each item.
    function test_openMany_skipsAnotherProvidersItems() public {
        IDealEscrow.Deal memory foreign = dealWith(2);
        foreign.provider = stranger;
        escrow.deposit(stranger, FUNDS);
        _pushOpen(dealWith(1));
        _pushOpen(foreign);
        _second[1] = sign(STRANGER_KEY, foreign);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.ItemSkipped(
            1, idOf(foreign), abi.encodeWithSelector(IDealEscrow.NotParty.selector, idOf(foreign), provider)
        );
        vm.prank(provider);
        escrow.openMany(_deals, _first, _second);
        assertState(foreign, IDealEscrow.State.None);
        assertEq(escrow.freeOf(stranger), FUNDS, "untouched");
        vm.prank(stranger);
        escrow.openMany(_deals, _first, _second);
        assertState(foreign, IDealEscrow.State.Open);
    }

    /// @dev Nobody opens or settles through a batch what it could not open or settle alone, the escrow's own name included.
    function test_batches_areNoWayAround() public {
        address[3] memory callers = [creator, stranger, address(escrow)];
        _pushOpen(dealWith(1));
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            escrow.openMany(_deals, _first, _second);
            assertState(_deals[0], IDealEscrow.State.None);
        }
        delete _deals;
        delete _first;
        _pushSettle(opened(1), 0);
        _pushSettle(submitted(2), 0);
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            escrow.settleMany(_deals, _results, _first);
            assertState(_deals[0], IDealEscrow.State.Open);
            assertState(_deals[1], IDealEscrow.State.Submitted);
        }
    }

    function test_settleMany_takesSubmittedResultsFromAnyone() public {
        _pushSettle(submitted(1), PRICE);
        _pushSettle(opened(2), PRICE);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.ItemSkipped(
            1, idOf(_deals[1]), abi.encodeWithSelector(IDealEscrow.NotParty.selector, idOf(_deals[1]), stranger)
        );
        vm.prank(stranger);
        escrow.settleMany(_deals, _results, _first);
        assertState(_deals[0], IDealEscrow.State.Closed);
        assertState(_deals[1], IDealEscrow.State.Open);
    }

    function test_openMany_stopsLockingAtTheLastUnit() public {
        for (uint256 nonce = 1; nonce <= 3; ++nonce) {
            IDealEscrow.Deal memory deal = dealWith(nonce);
            deal.price = FUNDS / 2;
            _pushOpen(deal);
        }
        vm.prank(provider);
        escrow.openMany(_deals, _first, _second);
        assertState(_deals[2], IDealEscrow.State.None);
        assertGains(-int256(FUNDS), -2 * int256(COLLATERAL));
    }

    function test_openMany_opensRepeatedItemOnce() public {
        _pushOpen(dealWith(1));
        _pushOpen(dealWith(1));
        vm.prank(provider);
        escrow.openMany(_deals, _first, _second);
        assertGains(-int256(PRICE), -int256(COLLATERAL));
    }

    function test_settleMany_skipsAndReportsBadItems() public {
        for (uint256 nonce = 1; nonce <= 3; ++nonce) {
            _pushSettle(opened(nonce), PRICE);
        }
        _pushSettle(_deals[0], 0); // a second result of the first deal
        _first[1] = _first[0];
        vm.expectEmit(address(escrow));
        emit IDealEscrow.ItemSkipped(
            1, idOf(_deals[1]), abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator)
        );
        vm.expectEmit(address(escrow));
        emit IDealEscrow.ItemSkipped(
            3,
            idOf(_deals[0]),
            abi.encodeWithSelector(IDealEscrow.WrongState.selector, idOf(_deals[0]), IDealEscrow.State.Closed)
        );
        vm.prank(provider);
        escrow.settleMany(_deals, _results, _first);
        assertState(_deals[1], IDealEscrow.State.Open);
        assertGains(-3 * int256(PRICE), 2 * int256(PRICE) - int256(COLLATERAL));
    }

    function test_batches_takeNothingAndTheMost() public {
        vm.prank(provider);
        escrow.openMany(_deals, _first, _second);
        vm.prank(provider);
        escrow.settleMany(_deals, _results, _first);
        for (uint256 nonce = 1; nonce <= MAX_BATCH; ++nonce) {
            _pushOpen(dealWith(nonce));
        }
        vm.prank(provider);
        escrow.openMany(_deals, _first, _second);
        delete _first;
        for (uint256 i = 0; i < MAX_BATCH; ++i) {
            _results.push(resultOf(_deals[i], PRICE));
            _first.push(sign(CREATOR_KEY, _results[i]));
        }
        vm.prank(provider);
        escrow.settleMany(_deals, _results, _first);
        assertGains(-int256(MAX_BATCH * PRICE), int256(MAX_BATCH * PRICE));
    }

    function test_batches_failIfTooLong() public {
        IDealEscrow.Deal[] memory deals = new IDealEscrow.Deal[](MAX_BATCH + 1);
        IDealEscrow.Result[] memory results = new IDealEscrow.Result[](MAX_BATCH + 1);
        bytes[] memory signatures = new bytes[](MAX_BATCH + 1);
        bytes memory expected = abi.encodeWithSelector(IDealEscrow.BatchTooLong.selector, MAX_BATCH + 1, MAX_BATCH);
        reverts(expected);
        escrow.openMany(deals, signatures, signatures);
        reverts(expected);
        escrow.settleMany(deals, results, signatures);
    }

    function test_batches_failIfLengthsDiffer() public {
        _pushSettle(dealWith(1), PRICE);
        bytes[] memory none = new bytes[](0);
        bytes memory expected = abi.encodeWithSelector(IDealEscrow.BatchLengthMismatch.selector, 1, 0);
        reverts(expected);
        escrow.openMany(_deals, none, _first);
        reverts(expected);
        escrow.openMany(_deals, _first, none);
        reverts(expected);
        escrow.settleMany(_deals, new IDealEscrow.Result[](0), _first);
        reverts(expected);
        escrow.settleMany(_deals, _results, none);
    }

    function _pushOpen(IDealEscrow.Deal memory deal) private {
        _deals.push(deal);
        _first.push(sign(CREATOR_KEY, deal));
        _second.push(sign(PROVIDER_KEY, deal));
    }

    function _pushSettle(IDealEscrow.Deal memory deal, uint256 charge) private {
        _deals.push(deal);
        _results.push(resultOf(deal, charge));
        _first.push(sign(CREATOR_KEY, _results[_results.length - 1]));
    }
}
