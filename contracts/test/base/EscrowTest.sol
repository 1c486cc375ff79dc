// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DcnToken} from "../../src/DcnToken.sol";
import {DealEscrow} from "../../src/DealEscrow.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Signer} from "./Signer.sol";

/// @title An escrow, two funded parties, and what they sign.
abstract contract EscrowTest is Signer {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant MIN_WINDOW = 30;
    uint256 internal constant MIN_SEAT_FEE = 5 ether;
    uint256 internal constant PRICE = 10 ether;
    uint256 internal constant COLLATERAL = 40 ether;
    uint256 internal constant FUNDS = 1_000_000 ether;

    uint256 internal constant CREATOR_KEY = 0xC0FFEE;
    uint256 internal constant PROVIDER_KEY = 0xBEEF;
    uint256 internal constant STRANGER_KEY = 0x5A5A;

    address internal creator = vm.addr(CREATOR_KEY);
    address internal provider = vm.addr(PROVIDER_KEY);
    address internal stranger = vm.addr(STRANGER_KEY);

    DcnToken internal token;

    function setUp() public virtual {
        vm.warp(START);
        vm.label(creator, "creator");
        vm.label(provider, "provider");
        vm.label(stranger, "stranger");
        token = new DcnToken(address(this), 1_000 * FUNDS);
        escrow = new DealEscrow(address(token), court(), MIN_WINDOW, MIN_SEAT_FEE);
        token.approve(address(escrow), type(uint256).max);
        escrow.deposit(creator, FUNDS);
        escrow.deposit(provider, FUNDS);
    }

    /// @dev Called once, as the escrow is made: a court may be deployed here, and knows the escrow's address beforehand.
    function court() internal virtual returns (address) {
        return address(0);
    }

    function dealWith(uint256 nonce) internal view returns (IDealEscrow.Deal memory deal) {
        deal.job = keccak256("job");
        deal.spec = keccak256("spec");
        deal.certificate = keccak256("certificate");
        deal.creator = creator;
        deal.provider = provider;
        deal.price = PRICE;
        deal.collateral = COLLATERAL;
        deal.submitWindow = 600;
        deal.reviewWindow = 3600;
        deal.openBefore = block.timestamp + 120;
        deal.nonce = nonce;
    }

    function resultOf(IDealEscrow.Deal memory deal, uint256 charge) internal pure returns (IDealEscrow.Result memory) {
        return IDealEscrow.Result(idOf(deal), keccak256("commitment"), keccak256("manifest"), charge);
    }

    function closeOf(IDealEscrow.Deal memory deal, uint256 toProvider)
        internal
        view
        returns (IDealEscrow.Close memory)
    {
        return IDealEscrow.Close(idOf(deal), toProvider, block.timestamp + 365 days);
    }

    function open(IDealEscrow.Deal memory deal) internal {
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, byProvider);
    }

    function opened(uint256 nonce) internal returns (IDealEscrow.Deal memory deal) {
        deal = dealWith(nonce);
        open(deal);
    }

    function submit(IDealEscrow.Deal memory deal, IDealEscrow.Result memory result) internal {
        vm.prank(deal.provider);
        escrow.submit(deal, result, "");
    }

    /// @dev As the provider brings what the creator signed.
    function settle(IDealEscrow.Deal memory deal, IDealEscrow.Result memory result) internal {
        bytes memory byCreator = sign(CREATOR_KEY, result);
        vm.prank(deal.provider);
        escrow.settle(deal, result, byCreator);
    }

    function openAndSettle(IDealEscrow.Deal memory deal, IDealEscrow.Result memory result) internal {
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        bytes memory ofResult = sign(CREATOR_KEY, result);
        vm.prank(deal.provider);
        escrow.openAndSettle(deal, result, byCreator, byProvider, ofResult);
    }

    function submitted(uint256 nonce) internal returns (IDealEscrow.Deal memory deal) {
        deal = opened(nonce);
        submit(deal, resultOf(deal, deal.price));
    }

    function assertState(IDealEscrow.Deal memory deal, IDealEscrow.State expected) internal view {
        (IDealEscrow.State actual,,) = escrow.statusOfDeal(deal);
        assertEq(uint256(actual), uint256(expected), "state");
    }

    /// @dev What each party has in the escrow beyond (or below) its first deposit.
    function assertGains(int256 ofCreator, int256 ofProvider) internal view {
        assertEq(escrow.freeOf(creator), uint256(int256(FUNDS) + ofCreator), "creator free");
        assertEq(escrow.freeOf(provider), uint256(int256(FUNDS) + ofProvider), "provider free");
        assertTrue(token.balanceOf(address(escrow)) == 2 * FUNDS, "escrow's own balance");
    }

    function reverts(bytes memory data) internal {
        vm.expectRevert(data);
    }
}
