// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";

/// @title Results, splits and what each end pays; events and exact error values. States and times are in Matrix.t.sol.
contract EndsTest is EscrowTest {
    function test_settle_paysChargeAndCollateral(uint256 price, uint256 collateral, uint256 charge) public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.price = bound(price, 0, FUNDS);
        deal.collateral = bound(collateral, 0, FUNDS);
        charge = bound(charge, 0, deal.price);
        open(deal);
        IDealEscrow.Result memory result = resultOf(deal, charge);
        bytes memory byCreator = sign(CREATOR_KEY, result);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Settled(idOf(deal), charge + deal.collateral, deal.price - charge);
        vm.prank(provider);
        escrow.settle(deal, result, byCreator);
        assertGains(-int256(charge), int256(charge));
    }

    function test_settle_overridesWhatWasSubmitted() public {
        IDealEscrow.Deal memory deal = submitted(1);
        IDealEscrow.Result memory result = resultOf(deal, 1 ether);
        result.manifest = keccak256("another manifest");
        settle(deal, result);
        assertGains(-1 ether, 1 ether);
    }

    /// @dev Work that was done cannot be had for the creator's own price: not while the deal is open, not once it is submitted.
    function test_settle_failsIfCreatorChoseTheCharge(uint256 charge, bool wasSubmitted, bool byStranger) public {
        IDealEscrow.Deal memory deal = wasSubmitted ? submitted(1) : opened(1);
        IDealEscrow.Result memory result = resultOf(deal, bound(charge, 0, wasSubmitted ? PRICE - 1 : PRICE));
        bytes memory byCreator = sign(CREATOR_KEY, result);
        address caller = byStranger ? stranger : creator;
        reverts(abi.encodeWithSelector(IDealEscrow.NotParty.selector, idOf(deal), caller));
        vm.prank(caller);
        escrow.settle(deal, result, byCreator);
        assertState(deal, wasSubmitted ? IDealEscrow.State.Submitted : IDealEscrow.State.Open);
    }

    /// @dev Both words are there without the provider: its signature by `submit`, then the creator's.
    function test_settle_takesTheSubmittedResultFromAnyone(uint256 charge, bool byStranger) public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, bound(charge, 0, PRICE));
        bytes memory byProvider = sign(PROVIDER_KEY, result);
        bytes memory byCreator = sign(CREATOR_KEY, result);
        vm.prank(byStranger ? stranger : creator);
        escrow.submit(deal, result, byProvider);
        vm.prank(byStranger ? stranger : creator);
        escrow.settle(deal, result, byCreator);
        assertGains(-int256(result.charge), int256(result.charge));
    }

    function test_settle_failsIfCreatorDidNotSignWhatWasSubmitted() public {
        IDealEscrow.Deal memory deal = submitted(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        bytes memory byProvider = sign(PROVIDER_KEY, result);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        vm.prank(stranger);
        escrow.settle(deal, result, byProvider);
    }

    function test_settle_failsIfProviderSigned() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        bytes memory byProvider = sign(PROVIDER_KEY, result);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        vm.prank(provider);
        escrow.settle(deal, result, byProvider);
    }

    function test_settle_failsIfResultIsAnotherDeals() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(opened(2), PRICE);
        bytes memory byCreator = sign(CREATOR_KEY, result);
        reverts(abi.encodeWithSelector(IDealEscrow.WrongResult.selector, idOf(deal), idOf(deal), result.deal));
        vm.prank(provider);
        escrow.settle(deal, result, byCreator);
    }

    function test_charge_cannotExceedPrice(uint256 charge) public {
        charge = bound(charge, PRICE + 1, type(uint256).max);
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, charge);
        bytes memory expected = abi.encodeWithSelector(IDealEscrow.ChargeAbovePrice.selector, charge, PRICE);
        bytes memory byCreator = sign(CREATOR_KEY, result);
        reverts(expected);
        vm.prank(provider);
        escrow.settle(deal, result, byCreator);
        reverts(expected);
        vm.prank(provider);
        escrow.submit(deal, result, "");
    }

    function test_charge_ofZeroStillReturnsCollateral() public {
        IDealEscrow.Deal memory deal = opened(1);
        submit(deal, resultOf(deal, 0));
        vm.warp(block.timestamp + deal.reviewWindow + 1);
        escrow.claim(deal, resultOf(deal, 0));
        assertGains(0, 0);
    }

    function test_submit_storesTheResultAndStartsTheReview() public {
        IDealEscrow.Deal memory deal = opened(1);
        vm.warp(START + deal.submitWindow);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        uint256 reviewBy = block.timestamp + deal.reviewWindow;
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Submitted(idOf(deal), hashOf(result), reviewBy);
        submit(deal, result);
        (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = escrow.statusOfDeal(deal);
        assertEq(uint256(state), uint256(IDealEscrow.State.Submitted), "state");
        assertEq(deadline, reviewBy, "reviewBy");
        assertEq(resultHash, hashOf(result), "result");
    }

    function test_submit_failsIfCreatorSigned() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        bytes memory byCreator = sign(CREATOR_KEY, result);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, provider));
        vm.prank(creator);
        escrow.submit(deal, result, byCreator);
    }

    function test_claim_needsExactlyWhatWasSubmitted(uint8 field) public {
        IDealEscrow.Deal memory deal = submitted(1);
        vm.warp(block.timestamp + deal.reviewWindow + 1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        bytes32 stored = hashOf(result);
        if (field % 4 == 0) result.deal = bytes32(uint256(1));
        if (field % 4 == 1) result.commitment = 0;
        if (field % 4 == 2) result.manifest = 0;
        if (field % 4 == 3) result.charge = PRICE - 1;
        reverts(abi.encodeWithSelector(IDealEscrow.WrongResult.selector, idOf(deal), stored, hashOf(result)));
        escrow.claim(deal, result);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Claimed(idOf(deal), PRICE + COLLATERAL, 0);
        escrow.claim(deal, resultOf(deal, PRICE));
        assertGains(-int256(PRICE), int256(PRICE));
    }

    function test_claim_failsUpToReviewBy() public {
        IDealEscrow.Deal memory deal = submitted(1);
        uint256 reviewBy = block.timestamp + deal.reviewWindow;
        vm.warp(reviewBy);
        reverts(abi.encodeWithSelector(IDealEscrow.TooEarly.selector, reviewBy + 1, reviewBy));
        escrow.claim(deal, resultOf(deal, PRICE));
    }

    function test_forfeit_costsOneQuarter(uint256 collateral) public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.collateral = bound(collateral, 0, FUNDS);
        open(deal);
        uint256 lost = deal.collateral - (deal.collateral - deal.collateral / 4);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Forfeited(idOf(deal), deal.collateral - lost, PRICE + lost);
        vm.prank(provider);
        escrow.forfeit(deal);
        assertGains(int256(lost), -int256(lost));
    }

    function test_forfeit_isNoDiscountOnTimeout() public {
        IDealEscrow.Deal memory deal = opened(1);
        uint256 submitBy = block.timestamp + deal.submitWindow;
        vm.warp(submitBy + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, submitBy, submitBy + 1));
        vm.prank(provider);
        escrow.forfeit(deal);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.TimedOut(idOf(deal), PRICE + COLLATERAL);
        escrow.timeoutSubmit(deal);
        assertGains(int256(COLLATERAL), -int256(COLLATERAL));
    }

    function test_close_paysAnySplit(uint256 toProvider, bool wasSubmitted) public {
        IDealEscrow.Deal memory deal = wasSubmitted ? submitted(1) : opened(1);
        toProvider = bound(toProvider, 0, PRICE + COLLATERAL);
        IDealEscrow.Close memory agreed = closeOf(deal, toProvider);
        bytes memory byCreator = sign(CREATOR_KEY, agreed);
        bytes memory byProvider = sign(PROVIDER_KEY, agreed);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.ClosedByBoth(idOf(deal), toProvider, PRICE + COLLATERAL - toProvider);
        escrow.close(deal, agreed, byCreator, byProvider);
        assertGains(int256(COLLATERAL) - int256(toProvider), int256(toProvider) - int256(COLLATERAL));
    }

    function test_close_failsIfSplitExceedsWhatIsLocked(uint256 toProvider) public {
        IDealEscrow.Deal memory deal = opened(1);
        toProvider = bound(toProvider, PRICE + COLLATERAL + 1, type(uint256).max);
        IDealEscrow.Close memory agreed = closeOf(deal, toProvider);
        _closeFails(
            deal, agreed, abi.encodeWithSelector(IDealEscrow.SplitTooLarge.selector, toProvider, PRICE + COLLATERAL)
        );
    }

    function test_close_failsAfterItsExpiry() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Close memory agreed = closeOf(deal, 0);
        vm.warp(agreed.expiry + 1);
        _closeFails(
            deal, agreed, abi.encodeWithSelector(IDealEscrow.TooLate.selector, agreed.expiry, agreed.expiry + 1)
        );
        vm.warp(agreed.expiry);
        escrow.close(deal, agreed, sign(CREATOR_KEY, agreed), sign(PROVIDER_KEY, agreed));
    }

    function test_close_failsIfForAnotherDeal() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Close memory agreed = closeOf(opened(2), 0);
        _closeFails(
            deal, agreed, abi.encodeWithSelector(IDealEscrow.WrongResult.selector, idOf(deal), idOf(deal), agreed.deal)
        );
    }

    function test_close_failsIfOneSignedTwice() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Close memory agreed = closeOf(deal, 0);
        bytes memory byCreator = sign(CREATOR_KEY, agreed);
        bytes memory byProvider = sign(PROVIDER_KEY, agreed);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, provider));
        escrow.close(deal, agreed, byCreator, byCreator);
        reverts(abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        escrow.close(deal, agreed, byProvider, byProvider);
    }

    /// @dev One transaction or two: the money ends in the same place, and the same things are refused.
    function test_openAndSettle_equalsOpenThenSettle(uint256 price, uint256 collateral, uint256 charge) public {
        IDealEscrow.Deal memory deal = dealWith(1);
        deal.price = bound(price, 0, 2 * FUNDS);
        deal.collateral = bound(collateral, 0, 2 * FUNDS);
        IDealEscrow.Result memory result = resultOf(deal, bound(charge, 0, 2 * FUNDS));
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        bytes memory ofResult = sign(CREATOR_KEY, result);
        uint256 snapshot = vm.snapshotState();
        vm.prank(provider);
        (bool opens,) = address(escrow).call(abi.encodeCall(IDealEscrow.open, (deal, byCreator, byProvider)));
        vm.prank(provider);
        (bool settles,) = address(escrow).call(abi.encodeCall(IDealEscrow.settle, (deal, result, ofResult)));
        uint256 ofCreator = escrow.freeOf(creator);
        vm.revertToState(snapshot);
        vm.prank(provider);
        (bool both,) = address(escrow)
            .call(abi.encodeCall(IDealEscrow.openAndSettle, (deal, result, byCreator, byProvider, ofResult)));
        assertTrue(both == (opens && settles), "same answer");
        if (both) assertEq(escrow.freeOf(creator), ofCreator, "same end");
        if (both) assertGains(-int256(result.charge), int256(result.charge));
        else assertGains(0, 0);
    }

    function test_openAndSettle_worksIfOpenAlready() public {
        IDealEscrow.Deal memory deal = opened(1);
        IDealEscrow.Result memory result = resultOf(deal, PRICE);
        openAndSettle(deal, result);
        assertGains(-int256(PRICE), int256(PRICE));
    }

    /// @dev A result that was handed over before anything was locked, and a creator that pays for it what it likes.
    function test_openAndSettle_failsIfNotByProvider(uint256 charge, bool isOpen, bool byStranger) public {
        IDealEscrow.Deal memory deal = isOpen ? opened(1) : dealWith(1);
        IDealEscrow.Result memory result = resultOf(deal, bound(charge, 0, PRICE));
        bytes memory byCreator = sign(CREATOR_KEY, deal);
        bytes memory byProvider = sign(PROVIDER_KEY, deal);
        bytes memory ofResult = sign(CREATOR_KEY, result);
        address caller = byStranger ? stranger : creator;
        reverts(abi.encodeWithSelector(IDealEscrow.NotParty.selector, idOf(deal), caller));
        vm.prank(caller);
        escrow.openAndSettle(deal, result, byCreator, byProvider, ofResult);
        assertState(deal, isOpen ? IDealEscrow.State.Open : IDealEscrow.State.None);
    }

    function test_statusOf_unknownDealIsNone(bytes32 id) public view {
        (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = escrow.statusOf(id);
        assertTrue(state == IDealEscrow.State.None && deadline == 0 && resultHash == 0, "none");
        assertState(dealWith(1), IDealEscrow.State.None);
    }

    function _closeFails(IDealEscrow.Deal memory deal, IDealEscrow.Close memory agreed, bytes memory expected) private {
        bytes memory byCreator = sign(CREATOR_KEY, agreed);
        bytes memory byProvider = sign(PROVIDER_KEY, agreed);
        reverts(expected);
        escrow.close(deal, agreed, byCreator, byProvider);
    }
}
