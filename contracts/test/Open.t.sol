// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";

contract OpenTest is EscrowTest {
    uint256 private constant TOO_LARGE = 1 << 96;

    function test_open_locksBothAmounts() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        bytes32 id = idOf(deal);
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Opened(id, creator, provider, PRICE, COLLATERAL, START + 600);
        vm.prank(provider);
        assertEq(escrow.open(deal, byCreator, byProvider), id, "returned id");
        assertEq(escrow.dealId(deal), id, "dealId");
        (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = escrow.statusOf(id);
        assertEq(uint256(state), uint256(IDealEscrow.State.Open), "state");
        assertEq(deadline, START + 600, "submitBy");
        assertEq(resultHash, 0, "result");
        assertTrue(escrow.nonceUsed(creator, 1), "nonce");
        assertGains(-int256(PRICE), -int256(COLLATERAL));
    }

    /// @dev A creator that kept its inputs back would open the deal itself, wait, and take the collateral.
    function test_open_failsIfNotByProvider(address caller) public {
        if (caller == provider) caller = creator;
        IDealEscrow.Deal memory deal = dealWith(1);
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        address[3] memory callers = [creator, stranger, caller];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory expected = abi.encodeWithSelector(IDealEscrow.NotParty.selector, idOf(deal), callers[i]);
            reverts(expected);
            vm.prank(callers[i]);
            escrow.open(deal, byCreator, byProvider);
            reverts(expected); // before a signature is looked at
            vm.prank(callers[i]);
            escrow.open(deal, "", "");
        }
        assertTrue(!escrow.nonceUsed(creator, 1), "nonce kept");
        assertGains(0, 0);
        open(deal);
    }

    /// @dev The caller alone is no agreement: it signs as well.
    function test_open_failsIfProviderCallsUnsigned() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, provider));
        vm.prank(provider);
        escrow.open(deal, byCreator, "");
    }

    function test_open_failsIfAnyTermWasChanged(uint8 field, uint256 change) public {
        IDealEscrow.Deal memory deal = dealWith(1);
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        _change(deal, field % 15, bound(change, 1, type(uint64).max));
        vm.expectRevert();
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, byProvider);
        // nor does one party's signature on the changed terms help
        bytes memory changedByProvider = sign(PROVIDER_KEY, deal);
        vm.expectRevert();
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, changedByProvider);
        assertGains(0, 0);
    }

    function test_open_failsIfSignaturesAreSwapped() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        vm.prank(deal.provider);
        escrow.open(deal, byProvider, byCreator);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, provider));
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, byCreator);
    }

    function test_open_failsIfNonceServedAnotherProvider() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Deal memory other = dealWith(1);
        other.provider = stranger;
        bytes memory byCreator = sign(CREATOR_KEY, other);
        bytes memory byStranger = sign(STRANGER_KEY, other);
        reverts(abi.encodeWithSelector(IDealEscrow.NonceUsed.selector, creator, 1));
        vm.prank(stranger);
        escrow.open(other, byCreator, byStranger);
        assertState(deal, IDealEscrow.State.Open);
        assertState(other, IDealEscrow.State.Closed);
    }

    function test_open_failsIfNonceWasBurned() public {
        vm.expectEmit(address(escrow));
        emit IDealEscrow.NonceBurned(creator, 1);
        vm.prank(creator);
        escrow.burn(1);
        IDealEscrow.Deal memory deal = dealWith(1);
        assertState(deal, IDealEscrow.State.Closed);
        _refused(deal, abi.encodeWithSelector(IDealEscrow.NonceUsed.selector, creator, 1));
        opened(2);
    }

    function test_burn_failsIfNonceIsUsed() public {
        IDealEscrow.Deal memory deal = opened(1);
        reverts(abi.encodeWithSelector(IDealEscrow.NonceUsed.selector, creator, 1));
        vm.prank(creator);
        escrow.burn(1);
        assertState(deal, IDealEscrow.State.Open);
    }

    function test_burn_isPerAccountAndNonce(uint256 nonce, uint256 other) public {
        vm.assume(nonce != other);
        vm.prank(stranger);
        escrow.burn(nonce);
        assertTrue(escrow.nonceUsed(stranger, nonce), "burned");
        assertTrue(!escrow.nonceUsed(stranger, other), "another nonce");
        assertTrue(!escrow.nonceUsed(creator, nonce), "another account");
        opened(nonce);
    }

    function test_burn_leavesEveryNeighbour(uint256 nonce) public {
        vm.prank(stranger);
        escrow.burn(nonce);
        for (uint256 i = 0; i < 256; ++i) {
            assertTrue(!escrow.nonceUsed(stranger, nonce ^ (1 << i)), "one bit apart");
        }
    }

    function test_open_failsIfPartiesAreOne() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.provider = creator;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.SameParty.selector, creator));
    }

    function test_open_failsIfPartyIsZero() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.price = 0;
        deal.creator = address(0);
        _refused(deal, abi.encodeWithSelector(IDealEscrow.BadSignature.selector, address(0)));
        bytes memory nonsense = new bytes(65);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, address(0)));
        vm.prank(provider);
        escrow.open(deal, nonsense, nonsense);
    }

    function test_open_failsIfAmountIsTooLarge() public {
        bytes memory expected = abi.encodeWithSelector(IDealEscrow.AmountTooLarge.selector, TOO_LARGE, TOO_LARGE - 1);
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.price = TOO_LARGE;
        _refused(deal, expected);
        deal = dealWith(1);
        deal.collateral = TOO_LARGE;
        _refused(deal, expected);
        deal = dealWith(1);
        deal.seatFee = TOO_LARGE;
        _refused(deal, expected);
    }

    function test_open_checksWindows(uint256 window) public {
        _checkWindow(MIN_WINDOW - 1, false);
        _checkWindow(MIN_WINDOW, true);
        _checkWindow(30 days, true);
        _checkWindow(30 days + 1, false);
        _checkWindow(window, window >= MIN_WINDOW && window <= 30 days);
    }

    function test_open_failsIfFreeIsTooLittle() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.price = FUNDS + 1;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, creator, FUNDS, FUNDS + 1));
        deal = dealWith(1);
        deal.collateral = FUNDS + 1;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, provider, FUNDS, FUNDS + 1));
        assertGains(0, 0);
        deal.price = FUNDS;
        deal.collateral = FUNDS;
        open(deal); // the last unit may be locked
        assertGains(-int256(FUNDS), -int256(FUNDS));
    }

    function test_open_failsIfCommitteeWithoutCourt() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.committee = 3;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.CommitteeNotAllowed.selector, 3));
    }

    function test_open_failsIfSignedForAnotherDomain() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        vm.chainId(7);
        assertEq(escrow.domainSeparator(), domainOf(address(escrow)), "domain follows the chain");
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, byProvider);
        open(deal); // signed anew
    }

    function test_open_failsIfAddressIsDirty() public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.price = 0;
        bytes memory data = abi.encodeCall(IDealEscrow.open, (deal, "", ""));
        data[4 + 3 * 32] = 0x01; // the creator's upper half
        vm.prank(provider);
        (bool success, bytes memory reason) = address(escrow).call(data);
        assertTrue(!success && reason.length == 0, "refused when the address is read");
    }

    function _checkWindow(uint256 window, bool allowed) private {
        bytes memory expected =
            abi.encodeWithSelector(IDealEscrow.WindowOutOfRange.selector, window, MIN_WINDOW, 30 days);
        for (uint256 i = 0; i < 2; ++i) {
            IDealEscrow.Deal memory deal = dealWith(uint256(keccak256(abi.encode(window, i))));
            if (i == 0) deal.submitWindow = window;
            else deal.reviewWindow = window;
            if (escrow.nonceUsed(creator, deal.nonce)) return;
            if (allowed) open(deal);
            else _refused(deal, expected);
        }
    }

    function _refused(IDealEscrow.Deal memory deal, bytes memory expected) private {
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        reverts(expected);
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, byProvider);
    }

    /// @dev The struct in memory is 15 words: adds to one of them.
    function _change(IDealEscrow.Deal memory deal, uint256 field, uint256 change) private pure {
        assembly ("memory-safe") {
            let word := add(deal, mul(field, 0x20))
            mstore(word, add(mload(word), change))
        }
        if (field == 3) deal.creator = address(uint160(deal.creator));
        if (field == 4) deal.provider = address(uint160(deal.provider));
    }
}

/// @dev What a committee asks of the terms, with a court in place.
contract CommitteeTermsTest is EscrowTest {
    function court() internal pure override returns (address) {
        return address(0xC0);
    }

    function test_open_checksCommittee() public {
        IDealEscrow.Deal memory deal = _withCommittee(1);
        deal.committee = 7;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.CommitteeNotAllowed.selector, 7));
        deal = _withCommittee(1);
        // a judge needs longer than the provider, whatever the parties say
        deal.voteWindow = 3 * deal.submitWindow - 1;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.WindowOutOfRange.selector, 1799, 1800, 30 days));
        deal = _withCommittee(1);
        deal.seatFee = PRICE - 1;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.SeatFeeTooLow.selector, PRICE - 1, PRICE));
        deal = _withCommittee(1);
        deal.price = 1;
        deal.seatFee = MIN_SEAT_FEE - 1;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.SeatFeeTooLow.selector, MIN_SEAT_FEE - 1, MIN_SEAT_FEE));
        deal = _withCommittee(1);
        deal.collateral = 3 * PRICE - 1;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.CollateralTooLow.selector, 3 * PRICE - 1, 3 * PRICE));
    }

    /// @dev What a judge's software cannot hold, a judge cannot read.
    function test_open_refusesNumbersBeyondReason() public {
        IDealEscrow.Deal memory deal = _withCommittee(1);
        deal.openBefore = block.timestamp + 30 days + 1;
        _refused(deal, abi.encodeWithSelector(IDealEscrow.WindowOutOfRange.selector, 30 days + 1, 0, 30 days));
        deal = _withCommittee(1);
        deal.needs = uint256(type(uint32).max) + 1;
        _refused(
            deal, abi.encodeWithSelector(IDealEscrow.AmountTooLarge.selector, deal.needs, uint256(type(uint32).max))
        );
    }

    function test_open_allowsCommittee() public {
        open(_withCommittee(1));
        IDealEscrow.Deal memory deal = _withCommittee(2);
        deal.price = 1;
        deal.seatFee = MIN_SEAT_FEE;
        deal.collateral = 3 * MIN_SEAT_FEE;
        open(deal);
        opened(3); // none is as good as ever
    }

    function _withCommittee(uint256 nonce) private view returns (IDealEscrow.Deal memory deal) {
        deal = dealWith(nonce);
        deal.committee = 3;
        deal.voteWindow = 3 * deal.submitWindow;
        deal.seatFee = PRICE;
        deal.collateral = 3 * PRICE;
    }

    function _refused(IDealEscrow.Deal memory deal, bytes memory expected) private {
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        reverts(expected);
        vm.prank(deal.provider);
        escrow.open(deal, byCreator, byProvider);
    }
}
