// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";

/// @title Gas of whole transactions (intrinsic and calldata included, refund taken off) and code sizes, written to
/// contracts/snapshots. Isolation makes each call a transaction with cold storage.
/// forge-config: default.isolate = true
contract GasTest is EscrowTest {
    uint256 private constant BATCH = 20;
    string private constant GROUP = "DealEscrow";

    function setUp() public override {
        super.setUp();
        open(dealWith(0)); // the first of 256 nonces pays for its word
    }

    function test_gas_open() public {
        opened(1);
        vm.snapshotGasLastCall(GROUP, "open");
        IDealEscrow.Deal memory deal = dealWith(256);
        open(deal);
        vm.snapshotGasLastCall(GROUP, "open, first of 256 nonces");
    }

    function test_gas_settle() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        settle(deal, result);
        vm.snapshotGasLastCall(GROUP, "settle, open, full price");
        deal = opened(2);
        result = resultOf(deal, PRICE / 2);
        settle(deal, result);
        vm.snapshotGasLastCall(GROUP, "settle, open, half the price");
        deal = submitted(3);
        result = resultOf(deal, PRICE);
        settle(deal, result);
        vm.snapshotGasLastCall(GROUP, "settle, submitted, full price");
        deal = submitted(4);
        result = resultOf(deal, PRICE);
        vm.prank(creator);
        escrow.settle(deal, result, sign(CREATOR_KEY, result));
        vm.snapshotGasLastCall(GROUP, "settle, submitted, by the creator");
    }

    function test_gas_openAndSettle() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        openAndSettle(deal, result);
        vm.snapshotGasLastCall(GROUP, "openAndSettle");
    }

    function test_gas_submitAndClaim() public {
        IDealEscrow.Deal memory deal = submitted(1);
        vm.snapshotGasLastCall(GROUP, "submit");
        vm.warp(block.timestamp + deal.reviewWindow + 1);
        escrow.claim(deal, resultOf(deal, PRICE));
        vm.snapshotGasLastCall(GROUP, "claim");
    }

    function test_gas_unhappyEnds() public {
        IDealEscrow.Deal memory deal = opened(1);
        vm.prank(provider);
        escrow.forfeit(deal);
        vm.snapshotGasLastCall(GROUP, "forfeit");
        deal = opened(2);
        IDealEscrow.Close memory agreed = closeOf(deal, COLLATERAL);
        escrow.close(deal, agreed, sign(CREATOR_KEY, agreed), sign(PROVIDER_KEY, agreed));
        vm.snapshotGasLastCall(GROUP, "close");
        deal = opened(3);
        vm.warp(block.timestamp + deal.submitWindow + 1);
        escrow.timeoutSubmit(deal);
        vm.snapshotGasLastCall(GROUP, "timeoutSubmit");
    }

    function test_gas_batches() public {
        IDealEscrow.Deal[] memory deals = new IDealEscrow.Deal[](BATCH);
        IDealEscrow.Result[] memory results = new IDealEscrow.Result[](BATCH);
        bytes[] memory creators = new bytes[](BATCH);
        bytes[] memory providers = new bytes[](BATCH);
        bytes[] memory settlements = new bytes[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            deals[i] = dealWith(i + 1);
            results[i] = resultOf(deals[i], PRICE);
            creators[i] = sign(CREATOR_KEY, deals[i]);
            providers[i] = sign(PROVIDER_KEY, deals[i]);
            settlements[i] = sign(CREATOR_KEY, results[i]);
        }
        vm.prank(provider);
        escrow.openMany(deals, creators, providers);
        vm.snapshotGasLastCall(GROUP, "openMany, 20 deals");
        vm.prank(provider);
        escrow.settleMany(deals, results, settlements);
        vm.snapshotGasLastCall(GROUP, "settleMany, 20 deals");
        assertGains(-int256(PRICE * (BATCH + 1)), int256(PRICE * BATCH) - int256(COLLATERAL));
    }

    function test_gas_balances() public {
        escrow.deposit(creator, 1 ether);
        vm.snapshotGasLastCall(GROUP, "deposit");
        vm.prank(creator);
        escrow.withdraw(creator, 1 ether);
        vm.snapshotGasLastCall(GROUP, "withdraw");
        vm.prank(creator);
        escrow.burn(9);
        vm.snapshotGasLastCall(GROUP, "burn");
    }

    function test_size() public {
        vm.snapshotValue("size", "DealEscrow, bytes of 24576", address(escrow).code.length);
        vm.snapshotValue("size", "DcnToken, bytes of 24576", address(token).code.length);
    }
}
