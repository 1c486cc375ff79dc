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
        vm.prank(stranger);
        escrow.openMany(_deals, _first, _second);
        assertState(_deals[0], IDealEscrow.State.Open);
        assertState(_deals[2], IDealEscrow.State.Open);
        assertState(_deals[3], IDealEscrow.State.None);
        assertGains(-2 * int256(PRICE), -2 * int256(COLLATERAL));
    }

    function test_openMany_stopsLockingAtTheLastUnit() public {
        for (uint256 nonce = 1; nonce <= 3; ++nonce) {
            IDealEscrow.Deal memory deal = dealWith(nonce);
            deal.price = FUNDS / 2;
            _pushOpen(deal);
        }
        escrow.openMany(_deals, _first, _second);
        assertState(_deals[2], IDealEscrow.State.None);
        assertGains(-int256(FUNDS), -2 * int256(COLLATERAL));
    }

    function test_openMany_opensRepeatedItemOnce() public {
        _pushOpen(dealWith(1));
        _pushOpen(dealWith(1));
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
        escrow.settleMany(_deals, _results, _first);
        assertState(_deals[1], IDealEscrow.State.Open);
        assertGains(-3 * int256(PRICE), 2 * int256(PRICE) - int256(COLLATERAL));
    }

    function test_batches_takeNothingAndTheMost() public {
        escrow.openMany(_deals, _first, _second);
        escrow.settleMany(_deals, _results, _first);
        for (uint256 nonce = 1; nonce <= MAX_BATCH; ++nonce) {
            _pushOpen(dealWith(nonce));
        }
        escrow.openMany(_deals, _first, _second);
        delete _first;
        for (uint256 i = 0; i < MAX_BATCH; ++i) {
            _results.push(resultOf(_deals[i], PRICE));
            _first.push(sign(CREATOR_KEY, _results[i]));
        }
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
