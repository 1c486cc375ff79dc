// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DealEscrow} from "../../src/DealEscrow.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "../base/CourtTest.sol";
import {KeyWallet, OddWallet} from "../mocks/Wallets.sol";

/// @title Attacks with what somebody signed: earlier, elsewhere, in another form, or as a contract.
contract SigningAttacksTest is CourtTest {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev Whoever sees the provider's transaction has both signatures, and is first.
    function test_attack_openIsFrontRun() public {
        IDealEscrow.Deal memory terms = committeeDeal(1);
        bytes memory copied =
            abi.encodeCall(IDealEscrow.open, (terms, sign(CREATOR_KEY, terms), sign(PROVIDER_KEY, terms)));
        _fails(stranger, copied, abi.encodeWithSelector(IDealEscrow.NotParty.selector, idOf(terms), stranger));
        // with itself in the provider's place the copier lacks the creator's signature
        IDealEscrow.Deal memory changed = committeeDeal(1);
        changed.provider = stranger;
        bytes memory own =
            abi.encodeCall(IDealEscrow.open, (changed, sign(CREATOR_KEY, terms), sign(STRANGER_KEY, changed)));
        _fails(stranger, own, abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator));
        assertTrue(!escrow.nonceUsed(creator, 1), "the nonce is not spent");
        vm.prank(provider);
        (bool success,) = address(escrow).call(copied);
        assertTrue(success, "as it was meant");
    }

    function test_attack_signaturesAreReplayedElsewhere() public {
        submitDeal(committeeDeal(1), RIGHT);
        IDealEscrow.Close memory agreed = closeOf(deal, 0);
        bytes memory opening = sign(CREATOR_KEY, deal);
        bytes memory accepting = sign(PROVIDER_KEY, deal);
        bytes memory settling = sign(CREATOR_KEY, result);
        bytes memory challenging = sign(CREATOR_KEY, challengeOf(result));
        bytes memory closing = sign(CREATOR_KEY, agreed);
        bytes memory wrong = abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator);
        // the same parties, the same terms, another contract
        escrow = new DealEscrow(address(token), escrow.court(), MIN_WINDOW, MIN_SEAT_FEE);
        token.approve(address(escrow), type(uint256).max);
        escrow.deposit(creator, FUNDS);
        escrow.deposit(provider, FUNDS);
        _fails(provider, abi.encodeCall(IDealEscrow.open, (deal, opening, accepting)), wrong);
        open(deal);
        submit(deal, result);
        _fails(provider, abi.encodeCall(IDealEscrow.settle, (deal, result, settling)), wrong);
        _fails(stranger, abi.encodeCall(IDealEscrow.challenge, (deal, result, challenging)), wrong);
        _fails(stranger, abi.encodeCall(IDealEscrow.close, (deal, agreed, closing, accepting)), wrong);
    }

    function test_attack_signaturesAreReplayedAfterAFork() public {
        submitDeal(committeeDeal(1), RIGHT);
        bytes memory settling = sign(CREATOR_KEY, result);
        bytes memory challenging = sign(CREATOR_KEY, challengeOf(result));
        vm.chainId(block.chainid + 1); // the deal is on both sides of it
        bytes memory wrong = abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator);
        _fails(provider, abi.encodeCall(IDealEscrow.settle, (deal, result, settling)), wrong);
        _fails(stranger, abi.encodeCall(IDealEscrow.challenge, (deal, result, challenging)), wrong);
    }

    /// @dev Of every signature there is a second one that a curve takes and this contract does not.
    function test_attack_signatureIsMirrored() public {
        submitDeal(committeeDeal(1), RIGHT);
        bytes memory wrong = abi.encodeWithSelector(IDealEscrow.BadSignature.selector, creator);
        bytes memory settling = _mirrored(hashOf(result));
        _fails(provider, abi.encodeCall(IDealEscrow.settle, (deal, result, settling)), wrong);
        bytes memory challenging = _mirrored(challengeOf(result));
        _fails(stranger, abi.encodeCall(IDealEscrow.challenge, (deal, result, challenging)), wrong);
    }

    /// @dev Offers to two providers share a nonce: the first to open has the deal, the other loses nothing but its gas.
    function test_attack_twoProvidersAreSignedForOneNonce() public {
        escrow.deposit(stranger, FUNDS);
        IDealEscrow.Deal memory first = committeeDeal(1);
        IDealEscrow.Deal memory second = committeeDeal(1);
        second.provider = stranger;
        bytes memory data =
            abi.encodeCall(IDealEscrow.open, (second, sign(CREATOR_KEY, second), sign(STRANGER_KEY, second)));
        open(first);
        _fails(stranger, data, abi.encodeWithSelector(IDealEscrow.NonceUsed.selector, creator, 1));
        assertEq(escrow.freeOf(stranger), FUNDS, "untouched");
        submit(first, resultOf(first, PRICE));
        settle(first, resultOf(first, PRICE));
        _fails(stranger, data, abi.encodeWithSelector(IDealEscrow.NonceUsed.selector, creator, 1));
    }

    /// @dev Contract wallets on both sides, through a whole dispute, and through an end that both sign.
    function test_wallets_areBothParties() public {
        creator = address(new KeyWallet(vm.addr(CREATOR_KEY)));
        provider = address(new KeyWallet(vm.addr(PROVIDER_KEY)));
        escrow.deposit(creator, FUNDS);
        escrow.deposit(provider, FUNDS);
        IDealEscrow.Deal memory terms = committeeDeal(1);
        (deal, id, given) = (terms, idOf(terms), RIGHT);
        result = IDealEscrow.Result(id, keccak256(abi.encode(id, RIGHT, SALT)), keccak256("manifest"), PRICE);
        open(terms);
        escrow.submit(terms, result, sign(PROVIDER_KEY, result));
        escrow.challenge(terms, result, sign(CREATOR_KEY, challengeOf(result)));
        drawAll();
        judgeAll(RIGHT);
        finish();
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE, "creator");
        assertEq(escrow.freeOf(provider), FUNDS + PRICE, "provider");
        IDealEscrow.Deal memory next = committeeDeal(2);
        open(next);
        IDealEscrow.Close memory agreed = closeOf(next, next.collateral);
        escrow.close(next, agreed, sign(CREATOR_KEY, agreed), sign(PROVIDER_KEY, agreed));
        assertState(next, IDealEscrow.State.Closed);
    }

    /// @dev A wallet that burns whatever gas it gets costs the batch 50,000 an item, and the items around it nothing.
    function test_attack_walletIsAGasBombInABatch() public {
        OddWallet bomb = new OddWallet();
        escrow.deposit(address(bomb), FUNDS);
        IDealEscrow.Deal[] memory deals = new IDealEscrow.Deal[](8);
        bytes[] memory creators = new bytes[](8);
        bytes[] memory providers = new bytes[](8);
        for (uint256 i = 0; i < deals.length; ++i) {
            deals[i] = dealWith(i);
            if (i % 2 == 1) deals[i].creator = address(bomb);
            (creators[i], providers[i]) = (sign(CREATOR_KEY, deals[i]), sign(PROVIDER_KEY, deals[i]));
        }
        bomb.set(OddWallet.Answer.BurnGas);
        vm.prank(provider);
        uint256 before = gasleft();
        escrow.openMany(deals, creators, providers);
        uint256 used = before - gasleft();
        for (uint256 i = 0; i < deals.length; ++i) {
            assertState(deals[i], i % 2 == 1 ? IDealEscrow.State.None : IDealEscrow.State.Open);
        }
        assertTrue(used < 8 * 80_000 + 4 * 50_000, "the bomb is paid for once an item");
    }

    function _mirrored(bytes32 hash) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CREATOR_KEY, digestOf(hash));
        return abi.encodePacked(r, ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
    }

    function _fails(address caller, bytes memory data, bytes memory expected) private {
        vm.prank(caller);
        (bool success, bytes memory reason) = address(escrow).call(data);
        assertTrue(!success, "fails");
        assertEq(reason, expected, "reason");
    }
}
